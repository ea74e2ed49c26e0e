package dev.antiphon.server.twin;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.twin.speech.KnownSpeech;
import dev.antiphon.server.twin.wire.TranscriptPieces;
import dev.antiphon.server.twin.wire.TranscriptShape;
import dev.antiphon.server.twin.wire.TranscriptionForm;
import dev.antiphon.upstream.TranscriptionUsage;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A transcription request that was understood, and what will be answered: the words of speech that was made here, and of
 * all other speech only how long it is.
 *
 * <p>Threading: immutable.
 *
 * @param isStreamed whether it is sent in pieces; {@code whisper-1} never is
 * @param fault how to fail on the way; null: not at all
 */
record Transcription(
        String text,
        TranscriptionUsage usage,
        boolean isStreamed,
        @Nullable TwinFault fault,
        TranscriptShape shape,
        long clipMillis) {
    private static final int TOKENS_PER_SECOND_HEARD = 10;

    /** Takes milliseconds. */
    static Transcription of(TranscriptionForm form, @Nullable TwinFault fault) {
        String text = textOf(form.clip());
        boolean isWhisper = form.model().equals("whisper-1");
        boolean countsSeconds = isWhisper || form.model().equals("gpt-transcribe");
        TranscriptionUsage usage =
                countsSeconds ? new TranscriptionUsage.Duration(form.clip().millis() / 1_000.0) : tokens(form, text);
        boolean isStreamed =
                form.stream() && !isWhisper && form.shape().responseFormat().equals("json");
        return new Transcription(
                text, usage, isStreamed, fault, form.shape(), form.clip().millis());
    }

    private static String textOf(AudioClip clip) {
        String words = KnownSpeech.ofThisProcess().wordsOf(clip);
        if (words != null) return words;
        double seconds = clip.millis() / 1_000.0;
        return String.format(Locale.ROOT, "(%.1f seconds of speech that this model cannot read)", seconds);
    }

    private static TranscriptionUsage tokens(TranscriptionForm form, String text) {
        int audioTokens = (int) ((form.clip().millis() * TOKENS_PER_SECOND_HEARD + 999) / 1_000);
        int textTokens = TranscriptPieces.of(form.prompt()).size();
        int outputTokens = TranscriptPieces.of(text).size();
        int inputTokens = audioTokens + textTokens;
        return new TranscriptionUsage.Tokens(
                inputTokens + outputTokens, inputTokens, outputTokens, textTokens, audioTokens);
    }
}
