package dev.antiphon.server.twin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.twin.script.AnswerScript;
import dev.antiphon.server.twin.script.Pace;
import dev.antiphon.server.twin.script.SpeechScript;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.time.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class AnswerStreamTest {
    private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
    private final ChannelHandlerContext ctx = channel.pipeline().firstContext();
    private final FiveEvents script = new FiveEvents();
    private int ends;

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void everythingDueIsSentAndTheBodyEnded() {
        stream(0).advance();
        assertThat(sent()).isEqualTo("01234.");
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void nothingIsWrittenWhileTheSocketIsFull() {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        AnswerStream stream = stream(0);
        stream.advance();
        assertThat(script.written).isZero();
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        stream.advance();
        assertThat(sent()).isEqualTo("01234.");
    }

    @Test
    void whatIsNotDueWaitsForItsTime() {
        script.stepNanos = TimeUnit.HOURS.toNanos(1);
        AnswerStream stream = stream(0);
        stream.advance();
        assertThat(sent()).isEqualTo("0");
        stream(TimeUnit.HOURS.toNanos(2) + TimeUnit.MINUTES.toNanos(1)).advance();
        assertThat(sent()).isEqualTo("12");
        stream.cancel();
    }

    @Test
    void aCallerWhoHasGoneGetsNothingMore() {
        script.stepNanos = TimeUnit.HOURS.toNanos(1);
        AnswerStream stream = stream(0);
        stream.advance();
        stream.cancel();
        assertThat(ends).isEqualTo(1);
        script.stepNanos = 0;
        stream.advance();
        stream.fail();
        stream.cancel();
        assertThat(sent()).isEqualTo("0");
        assertThat(ends).isEqualTo(1);
        assertThat(channel.runScheduledPendingTasks())
                .as("nanoseconds to the next timer")
                .isEqualTo(-1);
    }

    @Test
    void soundThatCannotBeMadeIsToldInTheStream() {
        script.isAwaitingSound = true;
        AnswerStream stream = stream(0);
        stream.advance();
        assertThat(sent()).isEmpty();
        stream.fail();
        assertThat(sent()).startsWith("data: {\"error\":").endsWith(".");
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void aFileIsBrokenOffAndNothingIsSaidInIt() {
        AnswerScript file = new SpeechScript(new byte[0], false, 1, new Pace(0, 1));
        AnswerStream stream =
                new AnswerStream(ctx, file, null, TwinFault.Ending.CLEAN, NanoClock.SYSTEM.nanoTime(), () -> ends++);
        stream.advance();
        stream.fail();
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.<Object>readOutbound()).isEqualTo(Unpooled.EMPTY_BUFFER);
        assertThat(channel.<Object>readOutbound()).isNull();
        assertThat(ends).isEqualTo(1);
    }

    private AnswerStream stream(long ageNanos) {
        return new AnswerStream(
                ctx, script, null, TwinFault.Ending.CLEAN, NanoClock.SYSTEM.nanoTime() - ageNanos, () -> ends++);
    }

    /** What went out since the last call; a dot is the end of the body. */
    private String sent() {
        StringBuilder text = new StringBuilder();
        for (HttpContent content; (content = channel.readOutbound()) != null; content.release()) {
            text.append(
                    content instanceof LastHttpContent ? "." : content.content().toString(UTF_8));
        }
        return text.toString();
    }

    private static final class FiveEvents implements AnswerScript {
        private long stepNanos;
        private boolean isAwaitingSound;
        private int written;

        @Override
        public boolean isFinished() {
            return written == 5;
        }

        @Override
        public boolean isAwaitingSound() {
            return isAwaitingSound;
        }

        @Override
        public long dueNanos() {
            return written * stepNanos;
        }

        @Override
        public Event writeNext(ByteBuf out) {
            out.writeCharSequence(Integer.toString(written++), UTF_8);
            return written == 5 ? Event.DONE : Event.WORDS;
        }
    }
}
