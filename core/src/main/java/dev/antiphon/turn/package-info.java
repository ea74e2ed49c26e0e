/**
 * When a person starts and stops speaking, decided from samples alone.
 */
@NullMarked
package dev.antiphon.turn;

import org.jspecify.annotations.NullMarked;
