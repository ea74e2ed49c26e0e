/**
 * The model's wire: chat-completions requests out, streamed deltas in, and what can go wrong between.
 */
@NullMarked
package dev.antiphon.upstream;

import org.jspecify.annotations.NullMarked;
