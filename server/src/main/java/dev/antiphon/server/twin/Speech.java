package dev.antiphon.server.twin;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.server.twin.script.AnswerScript;
import dev.antiphon.server.twin.script.SpeechScript;
import dev.antiphon.server.twin.speech.Sentences;
import dev.antiphon.server.twin.wire.SpeechOrder;
import dev.antiphon.server.twin.wire.SpeechWriter;
import dev.antiphon.server.twin.wire.TranscriptPieces;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A speech request that was understood, and how it is answered.
 *
 * <p>Threading: immutable.
 *
 * @param fault how to fail on the way; null: not at all
 */
record Speech(SpeechOrder order, @Nullable TwinFault fault) {
    private static final byte[] NOTHING = new byte[0];

    /** The same head as an event stream's, but for what is in the body. */
    void describe(HttpHeaders head) {
        head.set(HttpHeaderNames.CONTENT_TYPE, order.form().contentType());
        if (order.form().isEventStream()) head.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    }

    AnswerStream open(ChannelHandlerContext ctx, TwinModel model, Executor workers, long arrivedNanos, Runnable onEnd) {
        byte[] header = order.form().isWav() ? SpeechWriter.wavHeader(AudioFormat.PCM16_24KHZ.sampleRateHz()) : NOTHING;
        SpeechScript script = new SpeechScript(
                header,
                order.form().isEventStream(),
                TranscriptPieces.of(order.input()).size(),
                model.settings().pace());
        List<String> sentences = Sentences.of(order.input());
        SpeechFeed feed = new SpeechFeed(
                sentences,
                sentence -> model.speak(sentence, order.voice(), order.speedRatio()),
                workers,
                ctx.executor(),
                script);
        TwinFault shown = faultOfBody();
        AnswerScript sent = shown == null ? script : new FaultyScript(script, shown, true);
        return new AnswerStream(ctx, sent, feed, TwinFault.endingOf(shown), arrivedNanos, onEnd);
    }

    /** Of what goes wrong in a stream only its end can go wrong in a file, and a file cannot say so: it breaks off. */
    private @Nullable TwinFault faultOfBody() {
        if (fault == null) return null;
        return switch (fault) {
            case HANG_MID_STREAM, FIN_MID_STREAM, RST_MID_STREAM, END_MID_STREAM, FIN_MID_BASE64, FIN_MID_JSON -> fault;
            case ERROR_EVENT -> order.form().isEventStream() ? fault : TwinFault.FIN_MID_STREAM;
            default -> null;
        };
    }
}
