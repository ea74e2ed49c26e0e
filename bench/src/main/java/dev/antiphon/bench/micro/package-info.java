/**
 * Micro benchmarks, each in the package path of its subject; what they share is here.
 */
@NullMarked
package dev.antiphon.bench.micro;

import org.jspecify.annotations.NullMarked;
