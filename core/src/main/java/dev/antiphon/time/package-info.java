/**
 * The only door to {@link System#nanoTime()}: everything else in core takes time as an argument.
 */
@NullMarked
package dev.antiphon.time;

import org.jspecify.annotations.NullMarked;
