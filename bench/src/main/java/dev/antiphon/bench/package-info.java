/**
 * Measurements: micro benchmarks, the load harness and its reports.
 */
@NullMarked
package dev.antiphon.bench;

import org.jspecify.annotations.NullMarked;
