/**
 * Benchmarks of the event-stream decoder.
 */
@NullMarked
package dev.antiphon.bench.micro.sse;

import org.jspecify.annotations.NullMarked;
