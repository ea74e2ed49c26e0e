/**
 * Items, content parts and tool calls: what was said, and what the model is told of it next.
 */
@NullMarked
package dev.antiphon.conversation;

import org.jspecify.annotations.NullMarked;
