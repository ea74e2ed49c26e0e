package dev.antiphon.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.session.MemorySettings;
import dev.antiphon.session.Session;
import dev.antiphon.session.SessionIds;
import dev.antiphon.session.SessionLimits;
import dev.antiphon.session.SessionPorts;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.TurnDetection;
import dev.antiphon.session.SessionStart;
import dev.antiphon.session.TurnObserver;
import dev.antiphon.testing.Allocation;
import dev.antiphon.time.NanoClock;
import dev.antiphon.turn.Eagerness;
import dev.antiphon.turn.TurnDetector;
import dev.antiphon.turn.TurnSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session costs in memory, from the client's bytes to its turn detector: a frame nothing, to be there little. */
class SessionMemoryTest {
    private static final int SESSIONS = 400;
    /** A caller that is silent: the goal is 10 KB, with the socket and whatever the operating system has of it. */
    private static final long MOST_IDLE_BYTES = 6 * 1024;

    /** Of 200 frames: nothing on JDK 17, 64 bytes a frame on JDK 25 in this test's few thousand calls. */
    private static final long MOST_FRAMES_BYTES = Runtime.version().feature() < 25 ? 0 : 200 * 64;

    private static final SessionSettings SERVER_VAD = SessionSettings.defaults("gpt-realtime", "alloy");
    private static final SessionSettings SEMANTIC_VAD = SERVER_VAD.withInput(new SessionSettings.Input(
            SERVER_VAD.input().format(), new TurnDetection(TurnSettings.semantic(Eagerness.MEDIUM), true, true)));

    private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFrameOfAQuietCallerLeavesNothingOnTheHeap(boolean isSemantic) {
        EmbeddedChannel channel = upgraded(isSemantic ? SEMANTIC_VAD : SERVER_VAD);
        String audio = Base64.getEncoder().encodeToString(hiss(960));
        byte[] event = ("{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + audio + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        ByteBuf bytes = Unpooled.directBuffer().writeBytes(ClientOnAChannel.frame(ClientOnAChannel.TEXT, true, event));
        assertThat(Allocation.bytesOfManyCalls(() -> {
                    channel.pipeline().fireChannelRead(bytes.retain().readerIndex(0));
                    channel.pipeline().fireChannelReadComplete();
                }))
                .isLessThanOrEqualTo(MOST_FRAMES_BYTES);
        Object said = channel.readOutbound();
        assertThat(said).as("nothing was said").isNull();
        bytes.release();
        channel.finishAndReleaseAll();
    }

    @Test
    void anIdleSessionKeepsLittle() {
        // Of an embedded channel by itself: what stands for the socket and its loop, and is not ours.
        long bareBytes = bytesOfEach(() -> new EmbeddedChannel(new ChannelInboundHandlerAdapter()));
        long idleBytes = bytesOfEach(() -> upgraded(SERVER_VAD));
        assertThat(idleBytes - bareBytes).isBetween(1L, MOST_IDLE_BYTES);
    }

    private long bytesOfEach(Supplier<EmbeddedChannel> maker) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 3; round++) {
            List<EmbeddedChannel> channels = new ArrayList<>(SESSIONS);
            long before = usedBytes();
            for (int i = 0; i < SESSIONS; i++) channels.add(maker.get());
            least = Math.min(least, (usedBytes() - before) / SESSIONS);
            channels.forEach(EmbeddedChannel::finishAndReleaseAll);
        }
        return least;
    }

    private long usedBytes() {
        for (int i = 0; i < 3; i++) memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }

    private static byte[] hiss(int bytes) {
        Random random = new Random(1);
        byte[] pcm = new byte[bytes];
        for (int i = 0; i < bytes; i += 2) {
            int sample = (int) (16 * random.nextGaussian());
            pcm[i] = (byte) sample;
            pcm[i + 1] = (byte) (sample >> 8);
        }
        return pcm;
    }

    private static EmbeddedChannel upgraded(SessionSettings settings) {
        SessionStart start = new SessionStart(
                settings,
                SessionIds.random(1),
                SessionLimits.DEFAULT,
                MemorySettings.DEFAULT,
                TurnDetector::of,
                1_756_324_625);
        SessionFactory sessions = (opening, outlet, timers, loop) -> new Session(
                "sess_1",
                start,
                new SessionPorts(
                        outlet,
                        (request, reply) -> {
                            throw new AssertionError("nobody has spoken");
                        },
                        (request, out) -> {
                            throw new AssertionError("nobody has spoken");
                        },
                        timers,
                        TurnObserver.NONE));
        ChannelHandler initializer = new ClientChannelInitializer(
                ClientLimits.DEFAULT, Admission.OPEN, sessions, HttpRoutes.NONE, NanoClock.SYSTEM);
        EmbeddedChannel channel = new EmbeddedChannel(initializer);
        String request = "GET /v1/realtime?model=gpt-realtime HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + ClientOnAChannel.KEY
                + "\r\n\r\n";
        channel.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
        channel.runPendingTasks();
        channel.releaseOutbound();
        return channel;
    }
}
