/**
 * The deterministic state machine of one conversation and its ports; the only package that knows all the others.
 */
@NullMarked
package dev.antiphon.session;

import org.jspecify.annotations.NullMarked;
