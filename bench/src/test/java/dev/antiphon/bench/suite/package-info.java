@NullMarked
package dev.antiphon.bench.suite;

import org.jspecify.annotations.NullMarked;
