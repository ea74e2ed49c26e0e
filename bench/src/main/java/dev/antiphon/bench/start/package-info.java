/**
 * How long a process takes from its start to the first spoken answer, with and without what an earlier run has left for it.
 */
@NullMarked
package dev.antiphon.bench.start;

import org.jspecify.annotations.NullMarked;
