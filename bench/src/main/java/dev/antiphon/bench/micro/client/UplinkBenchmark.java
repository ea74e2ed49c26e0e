package dev.antiphon.bench.micro.client;

import dev.antiphon.bench.micro.LoopThreads;
import dev.antiphon.bench.micro.UplinkEvents;
import dev.antiphon.server.client.Admission;
import dev.antiphon.server.client.ClientChannelInitializer;
import dev.antiphon.server.client.ClientLimits;
import dev.antiphon.server.client.HttpRoutes;
import dev.antiphon.server.client.SessionFactory;
import dev.antiphon.session.MemorySettings;
import dev.antiphon.session.Session;
import dev.antiphon.session.SessionIds;
import dev.antiphon.session.SessionLimits;
import dev.antiphon.session.SessionPorts;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionStart;
import dev.antiphon.session.TurnObserver;
import dev.antiphon.time.NanoClock;
import dev.antiphon.turn.TurnDetector;
import dev.antiphon.turn.TurnListener;
import dev.antiphon.turn.TurnSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * 20 ms of a caller's voice from the bytes of the socket to the session, through the client's whole pipeline. {@link #heard}
 * goes to a session with {@code server_vad}, {@link #framed} to one whose detector is deaf; {@link #copied} is the floor:
 * the same bytes into a buffer of the pool, which the socket's read does in any case.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class UplinkBenchmark {
    private final byte[] frame = UplinkEvents.frame(UplinkEvents.append(1));
    private EmbeddedChannel hearing = new EmbeddedChannel();
    private EmbeddedChannel deaf = new EmbeddedChannel();

    @Setup(Level.Trial)
    public void open() {
        hearing = upgraded(TurnDetector::of);
        deaf = upgraded(settings -> new DeafDetector());
    }

    @TearDown(Level.Trial)
    public void close() {
        hearing.finishAndReleaseAll();
        deaf.finishAndReleaseAll();
    }

    @Benchmark
    public void heard() {
        receive(hearing);
    }

    @Benchmark
    public void framed() {
        receive(deaf);
    }

    @Benchmark
    public int copied() {
        ByteBuf read = read();
        int bytes = read.readableBytes();
        read.release();
        return bytes;
    }

    private void receive(EmbeddedChannel channel) {
        channel.pipeline().fireChannelRead(read());
        channel.pipeline().fireChannelReadComplete();
    }

    private ByteBuf read() {
        return ByteBufAllocator.DEFAULT.directBuffer(2048).writeBytes(frame);
    }

    private static EmbeddedChannel upgraded(Function<TurnSettings, TurnDetector> detectors) {
        SessionStart start = new SessionStart(
                SessionSettings.defaults("gpt-realtime", "alloy"),
                SessionIds.random(1),
                SessionLimits.DEFAULT,
                MemorySettings.DEFAULT,
                detectors,
                0);
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
        EmbeddedChannel channel = new EmbeddedChannel(new ClientChannelInitializer(
                ClientLimits.DEFAULT, Admission.OPEN, sessions, HttpRoutes.NONE, NanoClock.SYSTEM));
        String request = String.join(
                "\r\n",
                "GET /v1/realtime?model=gpt-realtime HTTP/1.1",
                "Host: gateway",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "\r\n");
        channel.writeInbound(channel.alloc().buffer().writeBytes(request.getBytes(StandardCharsets.US_ASCII)));
        channel.runPendingTasks();
        channel.releaseOutbound();
        return channel;
    }

    /** Leaves the frame to everybody else. */
    private static final class DeafDetector implements TurnDetector {
        @Override
        public void onAudio(ByteBuf pcm, TurnListener out) {}

        @Override
        public void reset() {}

        @Override
        public void configure(TurnSettings settings) {}
    }
}
