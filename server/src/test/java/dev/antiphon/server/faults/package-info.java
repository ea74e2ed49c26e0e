/**
 * The table of faults (F1 to F26), tried on a whole gateway: what the model's server does wrong, and what a client hears
 * of it. {@code docs/faults.md} is the same table in words.
 */
@NullMarked
package dev.antiphon.server.faults;

import org.jspecify.annotations.NullMarked;
