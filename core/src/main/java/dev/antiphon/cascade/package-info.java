/**
 * Models that cannot speak made to: transcription, a text model and speech synthesis in a row, behind the same port as a
 * model that hears and speaks.
 */
@NullMarked
package dev.antiphon.cascade;

import org.jspecify.annotations.NullMarked;
