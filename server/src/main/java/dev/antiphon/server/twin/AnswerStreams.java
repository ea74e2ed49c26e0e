package dev.antiphon.server.twin;

import dev.antiphon.server.twin.brain.Answer;
import dev.antiphon.server.twin.brain.SpokenAnswers.SpokenAnswer;
import dev.antiphon.server.twin.script.AnswerScript;
import dev.antiphon.server.twin.script.EndlessScript;
import dev.antiphon.server.twin.script.Pace;
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
    private static final double SLOW_FACTOR = 0.8;
    private static final Pace AS_SPOKEN = new Pace(0, 1);
    private static final Pace ALL_AT_ONCE = new Pace(0, 1_000_000);

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
        TwinFault fault = thought.fault();
        Pace pace = paceOf(fault);
        AnswerScript endless = fault == TwinFault.SILENT_AUDIO
                ? EndlessScript.silence(writer, ids.audio(), AS_SPOKEN)
                : endless(fault);
        if (endless != null) return endless(ctx, endless, arrivedNanos, onEnd);
        Answer answer = answerOf(thought);
        AnswerScript script;
        SpeechFeed feed = null;
        if (answer instanceof Answer.Spoken spoken) {
            List<String> sentences = Sentences.of(spoken.words());
            SpokenScript speech = speech(sentences, spoken.words(), thought, writer, ids, pace);
            feed = new SpeechFeed(sentences, thought.sound().voice(), model, workers, ctx.executor(), speech);
            script = speech;
        } else if (answer instanceof Answer.Played played) {
            List<String> sentences = List.of(played.transcript());
            SpokenScript speech = speech(sentences, played.transcript(), thought, writer, ids, pace);
            speech.addSound(played.sound());
            speech.endSound();
            script = speech;
        } else if (answer instanceof Answer.Written written) {
            int tokens = TranscriptPieces.of(written.words()).size();
            script = PlainScript.written(written, writer, pace, usage(thought, tokens));
        } else if (answer instanceof Answer.Called called) {
            script = PlainScript.called(called, writer, ids, pace, usage(thought, called.tokens()));
        } else {
            throw new IllegalStateException("answer: " + answer.getClass().getSimpleName());
        }
        boolean isSpoken = answer instanceof Answer.Spoken || answer instanceof Answer.Played;
        return new AnswerStream(
                ctx, withFault(script, fault, isSpoken), feed, TwinFault.endingOf(fault), arrivedNanos, onEnd);
    }

    AnswerStream open(ChannelHandlerContext ctx, Transcription transcription, long arrivedNanos, Runnable onEnd) {
        TwinFault fault = transcription.fault();
        AnswerScript endless = endless(fault);
        if (endless != null) return endless(ctx, endless, arrivedNanos, onEnd);
        AnswerScript script = new TranscriptScript(transcription.text(), transcription.usage(), paceOf(fault));
        return new AnswerStream(
                ctx, withFault(script, fault, false), null, TwinFault.endingOf(fault), arrivedNanos, onEnd);
    }

    private static AnswerStream endless(
            ChannelHandlerContext ctx, AnswerScript script, long arrivedNanos, Runnable onEnd) {
        return new AnswerStream(ctx, script, null, TwinFault.Ending.CLEAN, arrivedNanos, onEnd);
    }

    private SpokenScript speech(
            List<String> sentences, String transcript, Thought thought, ChunkWriter writer, Ids ids, Pace pace) {
        TwinSettings settings = model.settings();
        String audioId = ids.audio();
        long expiresAt = settings.memory().nowUnixSeconds() + settings.memory().audioIdSeconds();
        SpokenScript.Terms terms = new SpokenScript.Terms(
                audioId, expiresAt, thought.request().delivery().includeUsage() ? thought.input() : null);
        return new SpokenScript(
                sentences,
                writer,
                ids,
                pace,
                terms,
                audioTokens -> model.remember(audioId, new SpokenAnswer(transcript, audioTokens, expiresAt)));
    }

    private Pace paceOf(@Nullable TwinFault fault) {
        Pace usual = model.settings().pace();
        if (fault == TwinFault.SLOW) return new Pace(usual.timeToFirstAudioMillis(), SLOW_FACTOR);
        return fault == TwinFault.BURST ? ALL_AT_ONCE : usual;
    }

    private static Answer answerOf(Thought thought) {
        Answer answer = thought.answer();
        if (thought.fault() != TwinFault.NO_AUDIO) return answer;
        if (answer instanceof Answer.Spoken spoken) return new Answer.Written(spoken.words());
        return answer instanceof Answer.Played played ? new Answer.Written(played.transcript()) : answer;
    }

    /** What takes the place of the answer; null: nothing. */
    private static @Nullable AnswerScript endless(@Nullable TwinFault fault) {
        if (fault == TwinFault.HANG_AFTER_HEADERS) return EndlessScript.nothing();
        if (fault == TwinFault.KEEPALIVE_ONLY) return EndlessScript.comments();
        return fault == TwinFault.GIANT_EVENT ? EndlessScript.giantEvent() : null;
    }

    private static AnswerScript withFault(AnswerScript script, @Nullable TwinFault fault, boolean isSpoken) {
        return fault == null ? script : new FaultyScript(script, fault, isSpoken);
    }

    /** Null: not asked for. */
    private static @Nullable Usage usage(Thought thought, int textTokens) {
        return thought.request().delivery().includeUsage() ? thought.usage(textTokens, 0) : null;
    }
}
