package dev.antiphon.server.overload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.client.Admission;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.client.Admission.Welcome;
import dev.antiphon.server.client.Milestone;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorChooserFactory.EventExecutorChooser;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Three loops whose time is turned by hand; each of them runs only when it is told to. */
class LoopWatchesTest {
    private static final long MAX_LAG_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final Admission.Applicant ANYBODY = new Admission.Applicant("/v1/realtime", null, "gateway", null);

    private final MockTicker ticker = Ticker.newMockTicker();
    private final EmbeddedChannel first = newLoop();
    private final EmbeddedChannel second = newLoop();
    private final EmbeddedChannel third = newLoop();
    private double workingShare; // of each loop
    private final LoopWatches watches = watchesWith(new OverloadLimits(MAX_LAG_NANOS, 0.75, 0));
    private final EventExecutorChooser chooser =
            watches.newChooser(new EventExecutor[] {first.eventLoop(), second.eventLoop(), third.eventLoop()});

    private LoopWatches watchesWith(OverloadLimits limits) {
        return new LoopWatches(limits, () -> () -> (long) (workingShare * ticker.nanoTime()), ticker::nanoTime);
    }

    private EmbeddedChannel newLoop() {
        return EmbeddedChannel.builder().ticker(ticker).build();
    }

    /** All but these loops keep their schedule for so long. */
    private void pass(long millis, EmbeddedChannel... standingStill) {
        for (long i = 0; i < millis; i++) {
            ticker.advance(1, TimeUnit.MILLISECONDS);
            for (EmbeddedChannel loop : new EmbeddedChannel[] {first, second, third}) {
                if (!Set.of(standingStill).contains(loop)) loop.runScheduledPendingTasks();
            }
        }
    }

    @Test
    void aLoopWithoutClientsIsNotWoken() {
        assertThat(first.hasPendingTasks()).isFalse();
        watches.watch(first);
        assertThat(first.runScheduledPendingTasks()).isEqualTo(LoopLag.PERIOD_NANOS);
        first.close().syncUninterruptibly();
        assertThat(first.runScheduledPendingTasks()).isEqualTo(-1);
    }

    @Test
    void theScheduleLastsUntilTheLastClientHasLeft() {
        EmbeddedChannel loop = newLoop();
        LoopWatch watch = new LoopWatch(
                loop.eventLoop(), new OverloadLimits(MAX_LAG_NANOS, 0, 0), () -> () -> 0, ticker::nanoTime);
        EmbeddedChannel other = newLoop();
        watch.watch(loop);
        watch.watch(other);
        other.close().syncUninterruptibly();
        assertThat(loop.runScheduledPendingTasks()).isEqualTo(LoopLag.PERIOD_NANOS);
        loop.close().syncUninterruptibly();
        assertThat(loop.runScheduledPendingTasks()).isEqualTo(-1);
    }

    @Test
    void aLoopThatIsLateTurnsAwayAndTakesAgainWhenItIsNot() {
        watches.watch(first);
        Admission admission = new LoopAdmission(Admission.OPEN, watches).on(first.eventLoop());
        pass(1_000);
        assertThat(admission.verdictOn(ANYBODY)).isEqualTo(Welcome.ANYONE);
        pass(1_000, first);
        assertThat(admission.verdictOn(ANYBODY))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.httpStatus()).isEqualTo(503));
        pass(250);
        assertThat(admission.verdictOn(ANYBODY)).isInstanceOf(Refusal.class);
        pass(1_000);
        assertThat(admission.verdictOn(ANYBODY)).isEqualTo(Welcome.ANYONE);
    }

    @Test
    void whoIsTurnedAwayIsToldToComeBackInOneToThreeSeconds() {
        watches.watch(first);
        Admission admission = new LoopAdmission(Admission.OPEN, watches).on(first.eventLoop());
        pass(1_000, first);
        Set<Integer> seconds = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            seconds.add(((Refusal) admission.verdictOn(ANYBODY)).retryAfterSeconds());
        }
        assertThat(seconds).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void aStrangerDoesNotLearnThatTheGatewayIsBusy() {
        watches.watch(first);
        pass(1_000, first);
        Admission admission = new LoopAdmission(applicant -> Refusal.BAD_KEY, watches);
        assertThat(admission.on(first.eventLoop()).verdictOn(ANYBODY)).isEqualTo(Refusal.BAD_KEY);
    }

    @Test
    void newConnectionsGoToTheNextLoopThatIsNotLate() {
        for (EmbeddedChannel loop : new EmbeddedChannel[] {first, second, third}) watches.watch(loop);
        assertThat(chooser.next()).isSameAs(first.eventLoop());
        assertThat(chooser.next()).isSameAs(second.eventLoop());
        assertThat(chooser.next()).isSameAs(third.eventLoop());
        pass(1_000, second);
        second.runScheduledPendingTasks();
        assertThat(chooser.next()).isSameAs(first.eventLoop());
        assertThat(chooser.next()).isSameAs(third.eventLoop());
        assertThat(chooser.next()).isSameAs(third.eventLoop());
        pass(1_000, first, second, third);
        pass(10);
        assertThat(chooser.next()).isSameAs(first.eventLoop());
        assertThat(chooser.next()).isSameAs(second.eventLoop());
    }

    @Test
    void aLoopWithFewClientsTakesAnotherHoweverLateItIs() {
        LoopWatches lenient = watchesWith(new OverloadLimits(MAX_LAG_NANOS, 0, 2));
        lenient.newChooser(new EventExecutor[] {first.eventLoop()});
        lenient.watch(first);
        lenient.watch(first);
        ticker.advance(1, TimeUnit.SECONDS);
        assertThat(lenient.admits(first.eventLoop())).isTrue();
        lenient.watch(first);
        assertThat(lenient.admits(first.eventLoop())).isFalse();
    }

    @Test
    void aLimitOfZeroTurnsNobodyAway() {
        LoopWatches off = watchesWith(new OverloadLimits(0, 0, 0));
        off.newChooser(new EventExecutor[] {first.eventLoop()});
        off.watch(first);
        workingShare = 1;
        pass(10_000);
        ticker.advance(10, TimeUnit.SECONDS);
        assertThat(off.admits(first.eventLoop())).isTrue();
    }

    @Test
    void aLoopOnTimeThatWorksTooMuchTurnsAwayUntilItWorksLess() {
        watches.watch(first);
        workingShare = 0.8;
        pass(20_000);
        assertThat(watches.admits(first.eventLoop())).isFalse();
        assertThat(chooser.next()).isSameAs(second.eventLoop());
        workingShare = 0; // the meter goes back, the loop has not worked
        pass(500);
        assertThat(watches.admits(first.eventLoop())).isFalse(); // more than nine tenths of the limit
        pass(1_000);
        assertThat(watches.admits(first.eventLoop())).isTrue();
    }

    @Test
    void aCrowdThatHasYetToSpeakIsTurnedAwayBeforeTheLoopIsLate() {
        LoopWatch watch = watchOfTheFirst(MAX_LAG_NANOS);
        for (int i = 0; i < 100; i++) {
            openSession(watch).writeInbound(Unpooled.buffer().writeZero(Guest.SPOKEN_BYTES));
        }
        workingShare = 0.25;
        pass(20_000);
        int taken = 0;
        for (; taken < 1_000 && watch.admits(); taken++) openSession(watch);
        assertThat(taken).isBetween(195, 205); // (75 % - 25 %) / 0.25 %
        assertThat(watch.lagNanos()).isZero();
        pass(TimeUnit.NANOSECONDS.toMillis(LoopLoad.EXPECTATION_HALF_LIFE_NANOS));
        assertThat(watch.admits()).isTrue();
    }

    private LoopWatch watchOfTheFirst(long maxLagNanos) {
        return new LoopWatch(
                first.eventLoop(),
                new OverloadLimits(maxLagNanos, 0.75, 0),
                () -> () -> (long) (workingShare * ticker.nanoTime()),
                ticker::nanoTime);
    }

    @Test
    void aStormOfConnectionsMakesNoSessionLookDear() {
        LoopWatch watch = watchOfTheFirst(TimeUnit.SECONDS.toNanos(10));
        openSession(watch).writeInbound(Unpooled.buffer().writeZero(Guest.SPOKEN_BYTES));
        EmbeddedChannel arriving = new EmbeddedChannel();
        watch.watch(arriving);
        arriving.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ticker.advance(20, TimeUnit.MILLISECONDS);
                ReferenceCountUtil.release(message);
            }
        });
        workingShare = 1;
        for (int i = 0; i < 1_000; i++) {
            arriving.writeInbound(Unpooled.buffer().writeZero(1));
            first.runScheduledPendingTasks();
        }
        for (int i = 0; i < 1_000; i++) openSession(watch);
        assertThat(watch.admits()).isTrue();
        // The same work, but nobody arrives.
        pass(20_000);
        assertThat(watch.admits()).isFalse();
    }

    private static EmbeddedChannel openSession(LoopWatch watch) {
        EmbeddedChannel client = new EmbeddedChannel();
        watch.watch(client);
        client.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ReferenceCountUtil.release(message);
            }
        });
        client.pipeline().fireUserEventTriggered(Milestone.SESSION_OPENED);
        return client;
    }

    @Test
    void theReportCountsEveryMomentOfAStandstill() {
        watches.watch(first);
        pass(900);
        pass(110, first);
        pass(10);
        LagReport report = watches.report();
        assertThat(report.watchedNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(1_020));
        assertThat(report.p50Nanos()).isZero();
        assertThat(report.maxNanos()).isBetween(TimeUnit.MILLISECONDS.toNanos(90), TimeUnit.MILLISECONDS.toNanos(92));
        assertThat(report.p99Nanos()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(89));
        assertThat(report.nowNanos()).isPositive();
        assertThat(watches.report().watchedNanos()).isEqualTo(report.watchedNanos());
    }
}
