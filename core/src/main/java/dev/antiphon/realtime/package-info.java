/**
 * The OpenAI Realtime protocol: JSON text frames to commands, events to JSON text frames.
 */
@NullMarked
package dev.antiphon.realtime;

import org.jspecify.annotations.NullMarked;
