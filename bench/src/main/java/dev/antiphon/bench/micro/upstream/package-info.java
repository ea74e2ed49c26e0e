/**
 * Benchmarks of the model's wire.
 */
@NullMarked
package dev.antiphon.bench.micro.upstream;

import org.jspecify.annotations.NullMarked;
