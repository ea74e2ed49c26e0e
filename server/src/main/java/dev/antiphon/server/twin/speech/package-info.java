/**
 * The twin's voices: English words to 24 kHz speech, one sentence at a time.
 */
@NullMarked
package dev.antiphon.server.twin.speech;

import org.jspecify.annotations.NullMarked;
