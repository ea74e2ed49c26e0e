package dev.antiphon.bench.load.caller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.bench.load.caller.CallerSettings.Protocol;
import dev.antiphon.bench.load.caller.CallerSettings.Turns;
import dev.antiphon.bench.load.caller.CallerSettings.Uplink;
import dev.antiphon.bench.load.caller.ConversationPlan.Span;
import dev.antiphon.bench.load.record.Count;
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
    @SuppressWarnings("FutureReturnValueIgnored") // busy until its loop ends
    void aLoopThatIsKeptBusyWithSomethingElseSaysSo() {
        loop.scheduleAtFixedRate(CallerLoopTest::keepBusy, 50, 100, TimeUnit.MILLISECONDS);
        CallerLoop calls = twoCallers(RunWindow.of(NanoClock.SYSTEM.nanoTime(), 0, 1));
        loop.execute(calls::start);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> lag().getTotalCount() == 100); // every frame of both, however late
        HarnessVerdict verdict = HarnessVerdict.of(lag(), new Histogram(3), 0, 0);
        assertThat(verdict.isOk()).isFalse();
        assertThat(verdict.text()).startsWith("the harness was too slow: ");
    }

    /** Otherwise a harness that never got round to its frames would be the one that looks best. */
    @Test
    void framesThatWereNeverSentAreLate() throws InterruptedException {
        CallerLoop calls = twoCallers(RunWindow.of(NanoClock.SYSTEM.nanoTime() - TimeUnit.SECONDS.toNanos(5), 0, 1));
        loop.submit(calls::stop).await();
        assertThat(recorder.count(Count.FRAMES_LATE)).isEqualTo(100);
        assertThat(recorder.count(Count.FRAMES_SENT)).isZero();
        assertThat(lag().getTotalCount()).isEqualTo(100);
        assertThat(HarnessVerdict.of(lag(), new Histogram(3), 0, 100).isOk()).isFalse();
        assertThat(HarnessVerdict.of(new Histogram(3), new Histogram(3), 0, 100).isOk())
                .isFalse();
    }

    private CallerLoop twoCallers(RunWindow window) {
        Span span = new Span(1_000, 1_000);
        CallerSettings settings = new CallerSettings(
                Protocol.REALTIME, Turns.MANUAL, Uplink.AUDIO, false, new ConversationPlan(1, span, span, span, 0));
        Caller.Run run = new Caller.Run(settings, window, recorder, new CutLedger(recorder));
        @Nullable Caller[] nobody = new Caller[2];
        return new CallerLoop(
                loop, false, nobody, new long[2], new FrameWheel(window.startNanos(), new long[] {0, 10_000_000}), run);
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
