/**
 * The plain protocol {@code pcm.v1}: audio in binary messages and nothing else, a little JSON beside it, and defaults so
 * complete that a device may send nothing but audio. A projection of the session's commands and events.
 */
@NullMarked
package dev.antiphon.pcm;

import org.jspecify.annotations.NullMarked;
