package dev.antiphon.server.twin.wire;

import dev.antiphon.audio.AudioClip;

/**
 * One transcription request as the twin understood it.
 *
 * <p>Threading: immutable.
 *
 * @param clip what the file holds
 * @param prompt empty: none
 * @param stream as it was asked for, whether or not the model does it
 */
public record TranscriptionForm(String model, AudioClip clip, String prompt, boolean stream, TranscriptShape shape) {}
