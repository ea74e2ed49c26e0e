package dev.antiphon.bench.load.caller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.bench.load.caller.CallerSettings.Protocol;
import dev.antiphon.bench.load.caller.CallerSettings.Turns;
import dev.antiphon.bench.load.caller.CallerSettings.Uplink;
import dev.antiphon.bench.load.caller.ConversationPlan.Span;
import dev.antiphon.bench.load.record.CutLedger;
import dev.antiphon.bench.load.record.HarnessVerdict;
import dev.antiphon.bench.load.record.LoadRecorder;
import dev.antiphon.bench.load.record.Measure;
import dev.antiphon.bench.load.record.RunWindow;
import dev.antiphon.time.NanoClock;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CallerLoopTest {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final LoadRecorder recorder = new LoadRecorder(TimeUnit.MILLISECONDS.toNanos(100));

    @AfterEach
    void stop() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void aLoopThatIsKeptBusyWithSomethingElseSaysSo() {
        loop.scheduleAtFixedRate(CallerLoopTest::keepBusy, 50, 100, TimeUnit.MILLISECONDS);
        RunWindow window = RunWindow.of(NanoClock.SYSTEM.nanoTime(), 0, 1);
        Span span = new Span(1_000, 1_000);
        CallerSettings settings = new CallerSettings(
                Protocol.REALTIME, Turns.MANUAL, Uplink.AUDIO, false, new ConversationPlan(1, span, span, span, 0));
        Caller.Run run = new Caller.Run(settings, window, recorder, new CutLedger(recorder));
        @Nullable Caller[] nobody = new Caller[2];
        CallerLoop calls = new CallerLoop(
                loop, false, nobody, new FrameWheel(window.startNanos(), new long[] {0, 10_000_000}), run);
        loop.execute(calls::start);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> lag().getTotalCount() == 100); // every frame of both, however late
        HarnessVerdict verdict = HarnessVerdict.of(lag(), new Histogram(3), 0, 0);
        assertThat(verdict.isOk()).isFalse();
        assertThat(verdict.text()).startsWith("the harness was too slow: ");
    }

    private Histogram lag() {
        recorder.interval(Measure.LAG);
        return recorder.total(Measure.LAG);
    }

    private static void keepBusy() {
        long until = NanoClock.SYSTEM.nanoTime() + TimeUnit.MILLISECONDS.toNanos(30);
        while (NanoClock.SYSTEM.nanoTime() - until < 0) Thread.onSpinWait();
    }
}
