package dev.antiphon.bench.load.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.bench.load.stamp.Stamp;
import dev.antiphon.bench.load.stamp.StampReader;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.DeltaListener;
import dev.antiphon.upstream.ReplyDecoder;
import dev.antiphon.upstream.ReplyListener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class ChatAnswerWriterTest {
    private final List<String> events = new ArrayList<>();
    private final StampReader stamps = new StampReader();

    @Test
    void whatIsWrittenIsReadAsAWholeAnswerInTheOrderOfTheRecordings() {
        AnswerPlan plan = AnswerScript.DEFAULT.plan(3);
        ByteBuf out = PooledByteBufAllocator.DEFAULT.buffer();
        try {
            write(plan, out);
            ReplyDecoder decoder = new ReplyDecoder(1 << 20, listener());
            decoder.onHead(200, "text/event-stream; charset=utf-8");
            decoder.onBody(out);
            assertThat(decoder.isTerminated()).isTrue();
        } finally {
            out.release();
        }
        assertThat(events).startsWith("onRole", "onAudioId", "onTranscript", "onTranscript", "onTick");
        assertThat(events.stream().filter(event -> event.startsWith("piece"))).hasSize(plan.pieces());
        assertThat(events.stream().filter(event -> event.equals("onTick")).count())
                .isGreaterThanOrEqualTo(plan.audioMillis() / 50);
        assertThat(events).containsSubsequence("onUsage", "onAudioExpiry", "onCompleted");
    }

    private static void write(AnswerPlan plan, ByteBuf out) {
        AnswerWriter writer = new ChatAnswerWriter(plan);
        Stamp stamp = new Stamp().setAnswer(plan.answerId(), plan.pieces(), 1);
        writer.writeStart(out);
        for (int i = 0; i < plan.pieces(); i++) {
            writer.writePiece(i, stamp.setPiece(i, plan.pieceBytes(i), 2, 3), plan.pieceBytes(i), out);
        }
        writer.writeEnd(out);
    }

    /** Of each event its name; of sound what its stamps say. */
    private ReplyListener listener() {
        return (ReplyListener) Proxy.newProxyInstance(
                DeltaListener.class.getClassLoader(),
                new Class<?>[] {ReplyListener.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("onAudio")) hear((ByteBuf) arguments[0]);
                    else events.add(method.getName());
                    return null;
                });
    }

    private void hear(ByteBuf audio) {
        byte[] pcm = new byte[audio.readableBytes()];
        audio.getBytes(audio.readerIndex(), pcm);
        stamps.feed(pcm, 0, pcm.length, 0, new StampReader.Listener() {
            @Override
            public void onPiece(Stamp stamp, long nowNanos) {
                events.add("piece " + stamp.sequence());
            }

            @Override
            public void onBroken() {
                events.add("broken");
            }
        });
    }
}
