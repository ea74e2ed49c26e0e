package dev.antiphon.server.twin;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Wav;
import dev.antiphon.server.twin.brain.Answer;
import dev.antiphon.server.twin.brain.SpokenAnswers.SpokenAnswer;
import dev.antiphon.server.twin.script.SpokenScript;
import dev.antiphon.server.twin.speech.Sentences;
import dev.antiphon.server.twin.wire.CompletionWriter;
import dev.antiphon.server.twin.wire.Ids;
import dev.antiphon.server.twin.wire.TranscriptPieces;
import dev.antiphon.server.twin.wire.TwinRequest;
import dev.antiphon.upstream.ChatMessage.ToolCall;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.List;

/**
 * An answer that is not streamed: made whole, then sent.
 *
 * <p>Threading: confined to its caller, a worker.
 */
final class WholeAnswer {
    private static final AudioFormat SPEECH = AudioFormat.PCM16_24KHZ;

    private final Thought thought;
    private final TwinModel model;
    private final Ids ids;
    private long speechNanos;

    WholeAnswer(Thought thought, TwinModel model, Ids ids) {
        this.thought = thought;
        this.model = model;
        this.ids = ids;
    }

    /** Appends the JSON to {@code out}, which is lent. */
    void writeBody(ByteBuf out) {
        TwinRequest request = thought.request();
        long createdUnixSeconds = model.settings().memory().nowUnixSeconds();
        CompletionWriter writer = new CompletionWriter(ids.completion(), createdUnixSeconds, request.model());
        Answer answer = thought.answer();
        if (answer instanceof Answer.Spoken spoken) {
            ByteArrayOutputStream pcm = new ByteArrayOutputStream();
            for (String sentence : Sentences.of(spoken.words())) {
                pcm.writeBytes(model.speak(sentence, thought.sound().voice()).toByteArray());
            }
            writeSpoken(pcm, spoken.words(), createdUnixSeconds, writer, out);
        } else if (answer instanceof Answer.Played played) {
            ByteArrayOutputStream pcm = new ByteArrayOutputStream();
            pcm.writeBytes(played.sound().toByteArray());
            writeSpoken(pcm, played.transcript(), createdUnixSeconds, writer, out);
        } else if (answer instanceof Answer.Written written) {
            int tokens = TranscriptPieces.of(written.words()).size();
            writer.writeWritten(out, written.words(), thought.usage(tokens, 0));
        } else if (answer instanceof Answer.Called called) {
            List<ToolCall> calls = called.calls().stream()
                    .map(call -> new ToolCall(ids.toolCall(), call.name(), call.arguments()))
                    .toList();
            writer.writeCalled(out, calls, thought.usage(called.tokens(), 0));
        }
    }

    /** When a real model would have finished, counted from the arrival of the request; known once the body is written. */
    long dueNanos() {
        return model.settings().pace().dueNanos(speechNanos);
    }

    private void writeSpoken(
            ByteArrayOutputStream pcm,
            String transcript,
            long createdUnixSeconds,
            CompletionWriter writer,
            ByteBuf out) {
        int audioTokens = SpokenScript.tokensIn(pcm.size());
        pcm.writeBytes(new byte[audioTokens * SpokenScript.TOKEN_BYTES - pcm.size()]); // silence fills the last token
        speechNanos = SPEECH.nanosOf(SPEECH.samplesIn(pcm.size()));
        AudioClip clip = AudioClip.of(SPEECH.sampleRateHz(), pcm.toByteArray());
        byte[] file = "wav".equals(thought.sound().format()) ? Wav.write(clip) : pcm.toByteArray();
        String audioId = ids.audio();
        long expiresAt = createdUnixSeconds + model.settings().memory().audioIdSeconds();
        model.remember(audioId, new SpokenAnswer(transcript, audioTokens, expiresAt));
        int textTokens = TranscriptPieces.of(transcript).size();
        writer.writeSpoken(out, audioId, file, expiresAt, transcript, thought.usage(textTokens, audioTokens));
    }
}
