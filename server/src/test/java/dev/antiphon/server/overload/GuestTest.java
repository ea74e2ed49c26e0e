package dev.antiphon.server.overload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.server.client.Milestone;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.Test;

class GuestTest {
    private static final double COST_OF_ONE = 0.01;

    private final LoopLoad load = new LoopLoad(1);
    private final Guest.Arrivals arrivals = new Guest.Arrivals();
    private long nowNanos;
    private final Guest guest = new Guest(load, arrivals, () -> nowNanos);
    private final EmbeddedChannel client = new EmbeddedChannel(guest, new Worker());

    GuestTest() {
        // One who has spoken, so that the next one's cost is known.
        load.resume(nowNanos, 0);
        load.onSpeaking();
        nowNanos += 100 * LoopLoad.HALF_LIFE_NANOS;
        load.onMeasured(nowNanos, (long) (COST_OF_ONE * nowNanos));
    }

    /** Each message and each end of a read loop takes it a millisecond. */
    private final class Worker extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            nowNanos += 1_000_000;
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            nowNanos += 1_000_000;
        }
    }

    private static ByteBuf bytes(int count) {
        return Unpooled.buffer(count).writeZero(count);
    }

    private double expectedCost() {
        return load.forecast(nowNanos) - load.share();
    }

    private boolean isInPipeline() {
        return client.pipeline().get(Guest.class) != null;
    }

    @Test
    void whatIsReadBeforeTheSessionOpensIsTheArrivals() {
        client.writeInbound(bytes(100_000));
        client.writeInbound(bytes(1));
        assertThat(arrivals.workedNanos()).isEqualTo(4_000_000);
        client.pipeline().fireUserEventTriggered(Milestone.SESSION_OPENED);
        client.writeInbound(bytes(1));
        assertThat(arrivals.workedNanos()).isEqualTo(4_000_000);
        client.finishAndReleaseAll();
    }

    @Test
    void anOpenSessionIsExpectedToSpeakUntilItHas() {
        assertThat(expectedCost()).isZero();
        client.pipeline().fireUserEventTriggered(Milestone.SESSION_OPENED);
        assertThat(expectedCost()).isEqualTo(COST_OF_ONE, within(1e-6));
        client.writeInbound(bytes(Guest.SPOKEN_BYTES - 1));
        assertThat(isInPipeline()).isTrue();
        client.writeInbound(bytes(1));
        assertThat(isInPipeline()).isFalse();
        // Now it is one of two who speak, as long as the mean knows of one only.
        assertThat(expectedCost()).isEqualTo(COST_OF_ONE, within(1e-6));
        load.onMeasured(nowNanos + 100 * LoopLoad.HALF_LIFE_NANOS, 0);
        assertThat(expectedCost()).isZero();
        client.finishAndReleaseAll();
    }

    @Test
    void whoIsSpokenToHasSpoken() {
        client.pipeline().fireUserEventTriggered(Milestone.SESSION_OPENED);
        client.writeOutbound(bytes(Guest.SPOKEN_BYTES));
        assertThat(isInPipeline()).isFalse();
        assertThat((ByteBuf) client.readOutbound())
                .satisfies(written -> assertThat(written.readableBytes()).isEqualTo(Guest.SPOKEN_BYTES))
                .satisfies(ByteBuf::release);
        client.finishAndReleaseAll();
    }

    @Test
    void whoLeavesWithoutAWordIsNotExpectedAnyMore() {
        client.pipeline().fireUserEventTriggered(Milestone.SESSION_OPENED);
        guest.onLeft();
        assertThat(expectedCost()).isEqualTo(0, within(1e-6));
        client.finishAndReleaseAll();
    }

    @Test
    void whoLeavesAfterHavingSpokenDoesNotCountAmongTheSpeakers() {
        client.pipeline().fireUserEventTriggered(Milestone.SESSION_OPENED);
        client.writeInbound(bytes(Guest.SPOKEN_BYTES));
        guest.onLeft();
        assertThat(expectedCost()).isEqualTo(0, within(1e-6));
        client.finishAndReleaseAll();
    }

    @Test
    void aConnectionThatBecomesNoSessionLeavesNoTrace() {
        client.writeInbound(bytes(Guest.SPOKEN_BYTES));
        client.writeOutbound(bytes(Guest.SPOKEN_BYTES));
        guest.onLeft();
        assertThat(expectedCost()).isZero();
        client.finishAndReleaseAll();
    }
}
