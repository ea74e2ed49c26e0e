package dev.antiphon.server.twin;

import dev.antiphon.server.twin.brain.Answer;
import dev.antiphon.server.twin.brain.SpokenAnswers.SpokenAnswer;
import dev.antiphon.server.twin.script.AnswerScript;
import dev.antiphon.server.twin.script.PlainScript;
import dev.antiphon.server.twin.script.SpokenScript;
import dev.antiphon.server.twin.script.TranscriptScript;
import dev.antiphon.server.twin.speech.Sentences;
import dev.antiphon.server.twin.wire.ChunkWriter;
import dev.antiphon.server.twin.wire.Ids;
import dev.antiphon.server.twin.wire.TranscriptPieces;
import dev.antiphon.server.twin.wire.TwinRequest;
import dev.antiphon.upstream.Usage;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Makes the stream that a thought is to be sent as.
 *
 * <p>Threading: confined to the channel's event loop.
 */
final class AnswerStreams {
    private final TwinModel model;
    private final Executor workers;

    AnswerStreams(TwinModel model, Executor workers) {
        this.model = model;
        this.workers = workers;
    }

    AnswerStream open(ChannelHandlerContext ctx, Thought thought, Ids ids, long arrivedNanos, Runnable onEnd) {
        TwinSettings settings = model.settings();
        TwinRequest request = thought.request();
        long createdUnixSeconds = settings.memory().nowUnixSeconds();
        ChunkWriter writer =
                new ChunkWriter(ids.completion(), createdUnixSeconds, request.model(), request.delivery(), ids);
        Answer answer = thought.answer();
        AnswerScript script;
        SpeechFeed feed = null;
        if (answer instanceof Answer.Spoken spoken) {
            List<String> sentences = Sentences.of(spoken.words());
            SpokenScript speech = speech(sentences, spoken.words(), thought, writer, ids, createdUnixSeconds);
            String voice = thought.sound().voice();
            feed = new SpeechFeed(sentences, sentence -> model.speak(sentence, voice), workers, ctx.executor(), speech);
            script = speech;
        } else if (answer instanceof Answer.Played played) {
            List<String> sentences = List.of(played.transcript());
            SpokenScript speech = speech(sentences, played.transcript(), thought, writer, ids, createdUnixSeconds);
            speech.addSound(played.sound());
            speech.endSound();
            script = speech;
        } else if (answer instanceof Answer.Written written) {
            int tokens = TranscriptPieces.of(written.words()).size();
            script = PlainScript.written(written, writer, settings.pace(), usage(thought, tokens));
        } else if (answer instanceof Answer.Called called) {
            script = PlainScript.called(called, writer, ids, settings.pace(), usage(thought, called.tokens()));
        } else {
            throw new IllegalStateException("answer: " + answer.getClass().getSimpleName());
        }
        return new AnswerStream(ctx, script, feed, thought.fault(), arrivedNanos, onEnd);
    }

    AnswerStream open(ChannelHandlerContext ctx, Transcription transcription, long arrivedNanos, Runnable onEnd) {
        AnswerScript script = new TranscriptScript(
                transcription.text(), transcription.usage(), model.settings().pace());
        return new AnswerStream(ctx, script, null, transcription.fault(), arrivedNanos, onEnd);
    }

    AnswerStream open(ChannelHandlerContext ctx, Speech speech, long arrivedNanos, Runnable onEnd) {
        return speech.open(ctx, model, workers, arrivedNanos, onEnd);
    }

    private SpokenScript speech(
            List<String> sentences,
            String transcript,
            Thought thought,
            ChunkWriter writer,
            Ids ids,
            long createdUnixSeconds) {
        TwinSettings settings = model.settings();
        String audioId = ids.audio();
        long expiresAt = createdUnixSeconds + settings.memory().audioIdSeconds();
        SpokenScript.Terms terms = new SpokenScript.Terms(
                audioId, expiresAt, thought.request().delivery().includeUsage() ? thought.input() : null);
        return new SpokenScript(
                sentences,
                writer,
                ids,
                settings.pace(),
                terms,
                audioTokens -> model.remember(audioId, new SpokenAnswer(transcript, audioTokens, expiresAt)));
    }

    /** Null: not asked for. */
    private static @Nullable Usage usage(Thought thought, int textTokens) {
        return thought.request().delivery().includeUsage() ? thought.usage(textTokens, 0) : null;
    }
}
