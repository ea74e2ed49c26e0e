package dev.antiphon.server.twin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.twin.script.Pace;
import dev.antiphon.server.twin.script.SpokenScript;
import dev.antiphon.server.twin.wire.ChunkWriter;
import dev.antiphon.server.twin.wire.Ids;
import dev.antiphon.server.twin.wire.TwinRequest;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.time.NanoClock;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class SpeechFeedTest {
    private static final List<String> SENTENCES =
            Collections.nCopies(40, "Every queue on the way adds a little, and nobody notices.");

    private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
    private final Queue<Runnable> jobs = new ArrayDeque<>();
    private final SpokenScript script = new SpokenScript(
            SENTENCES,
            new ChunkWriter("chatcmpl-1", 0, "m", new TwinRequest.Delivery(true, false, false), new Ids(1)),
            new Ids(1),
            new Pace(3_600_000, 1),
            new SpokenScript.Terms("audio_1", 1, null),
            tokens -> {});
    private final SpeechFeed feed =
            new SpeechFeed(SENTENCES, "alloy", new TwinModel(TwinTest.AT_ONCE), jobs::add, Runnable::run, script);
    private final AnswerStream stream = new AnswerStream(
            channel.pipeline().firstContext(),
            script,
            feed,
            TwinFault.Ending.CLEAN,
            NanoClock.SYSTEM.nanoTime(),
            () -> {});

    @AfterEach
    void close() {
        stream.cancel();
        channel.finishAndReleaseAll();
    }

    @Test
    void speechIsNeverMadeFarAheadOfTheSocket() {
        stream.advance();
        int spoken = 0;
        while (!jobs.isEmpty()) {
            assertThat(jobs).hasSize(1);
            jobs.remove().run();
            spoken++;
        }
        assertThat(spoken).isEqualTo(1); // some three seconds of speech, where two are plenty
    }

    @Test
    void nothingIsSpokenForACallerWhoHasGone() {
        stream.advance();
        assertThat(jobs).hasSize(1);
        stream.cancel();
        jobs.remove().run();
        feed.pull(stream);
        assertThat(jobs).isEmpty();
    }

    @Test
    void aSentenceThatFailsEndsTheStreamWithAnError() {
        SpeechFeed broken =
                new SpeechFeed(SENTENCES, "nobody", new TwinModel(TwinTest.AT_ONCE), jobs::add, Runnable::run, script);
        broken.pull(stream);
        jobs.remove().run();
        assertThat(channel.outboundMessages()).hasSize(2);
    }
}
