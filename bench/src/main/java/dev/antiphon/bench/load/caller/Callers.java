package dev.antiphon.bench.load.caller;

import dev.antiphon.bench.load.caller.CallerSettings.Protocol;
import dev.antiphon.bench.load.record.CutLedger;
import dev.antiphon.bench.load.record.LoadRecorder;
import dev.antiphon.bench.load.record.RunWindow;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * All callers of a run: they connect, call, and leave.
 *
 * <p>Threading: thread-safe.
 */
public final class Callers implements AutoCloseable {
    /** Bytes that a server may leave unread before its caller gives up. */
    private static final int MAX_UNREAD_BYTES = 4 << 20;

    /** Sound in one event of a server. */
    private static final int MAX_EVENT_BYTES = 1 << 20;

    private static final long CLOSE_SECONDS = 5;
    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    /**
     * How many, and on what.
     *
     * @param isSpinning whether the loops look at the clock without pause: frames leave to the microsecond, for a core
     *     of each loop
     */
    public record Size(int sessions, int threads, int connectsPerSecond, boolean isSpinning) {
        public Size {
            if (sessions < 1 || threads < 1 || threads > sessions || connectsPerSecond < 1) {
                throw new IllegalArgumentException("sessions: " + sessions + ", threads: " + threads
                        + ", connects per second: " + connectsPerSecond
                        + " (expected: all > 0, no more threads than sessions)");
            }
        }
    }

    private final Size size;
    private final CallerSettings settings;
    private final MultiThreadIoEventLoopGroup group;
    private final List<Line> lines = new ArrayList<>();
    private final @Nullable CallerFrames frames; // null: the protocol has none
    private final CountDownLatch decided; // connected, or failed to
    private final AtomicInteger up = new AtomicInteger(); // written by all loops, read by whoever asks
    private final AtomicInteger failed = new AtomicInteger(); // the same
    private final AtomicReference<@Nullable String> firstFailure = new AtomicReference<>(); // the same

    /** Begins to connect. */
    public static Callers connect(URI target, CallerSettings settings, Size size) {
        Callers callers = new Callers(settings, size);
        callers.connect(CallerTarget.of(target, settings));
        return callers;
    }

    private Callers(CallerSettings settings, Size size) {
        this.settings = settings;
        this.size = size;
        frames = settings.protocol() == Protocol.SSE ? null : CallerFrames.of(settings);
        decided = new CountDownLatch(size.sessions());
        group = new MultiThreadIoEventLoopGroup(
                size.threads(), new DefaultThreadFactory("caller-loop", true), NioIoHandler.newFactory());
        for (int i = 0; i < size.threads(); i++) lines.add(new Line(group.next(), i));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // counted by the latch
    private void connect(CallerTarget target) {
        long betweenNanos = TimeUnit.SECONDS.toNanos(1) / size.connectsPerSecond();
        for (int number = 0; number < size.sessions(); number++) {
            Line line = lines.get(number % lines.size());
            int place = number / lines.size();
            line.loop.schedule(() -> line.connect(place, target), number * betweenNanos, TimeUnit.NANOSECONDS);
        }
    }

    /** @return false if some are neither connected nor refused after that time */
    public boolean awaitConnected(long seconds) throws InterruptedException {
        return decided.await(seconds, TimeUnit.SECONDS);
    }

    public int up() {
        return up.get();
    }

    public int failed() {
        return failed.get();
    }

    /** @return null: none failed */
    public @Nullable String firstFailure() {
        return firstFailure.get();
    }

    /** The calls begin; those who could not connect stay away. */
    public void start(RunWindow window, LoadRecorder recorder, CutLedger cuts) {
        Caller.Run run = new Caller.Run(settings, window, recorder, cuts);
        for (Line line : lines) line.loop.execute(() -> line.start(run));
    }

    /** Whether every answer that is measured has come to its end. */
    public boolean areSettled() throws InterruptedException {
        for (Line line : lines) {
            if (!on(line, line::isSettled)) return false;
        }
        return true;
    }

    private static boolean on(Line line, Callable<Boolean> question) throws InterruptedException {
        return line.loop.submit(question).await().getNow();
    }

    /** What is still waited for has failed; all leave. Idempotent. */
    @Override
    public void close() {
        if (group.isShuttingDown()) return;
        for (Line line : lines) line.loop.submit(line::leave).awaitUninterruptibly();
        group.shutdownGracefully(100, TimeUnit.SECONDS.toMillis(CLOSE_SECONDS), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly();
        if (frames != null) frames.close();
    }

    /** The callers of one event loop; confined to it. */
    private final class Line {
        private final EventLoop loop;
        private final int index;
        private final CallerLine[] callerLines;
        private final ByteBuf scratch = Unpooled.wrappedBuffer(new byte[MAX_EVENT_BYTES]); // of all its readers
        private final ServerFrames.Workbench workbench = new ServerFrames.Workbench();
        private final MessageReader reader = switch (settings.protocol()) {
            case REALTIME -> new RealtimeReader(scratch);
            case PCM, SSE -> new PcmReader();
        };
        private @Nullable CallerLoop calls; // null: not begun

        Line(EventLoop loop, int index) {
            this.loop = loop;
            this.index = index;
            callerLines = new CallerLine[(size.sessions() - index + size.threads() - 1) / size.threads()];
        }

        void connect(int place, CallerTarget target) {
            CallerLine caller = frames == null
                    ? new ChatLine(target, scratch, new Fate(place))
                    : new CallerChannel(target, frames, reader, workbench, new Fate(place));
            callerLines[place] = caller;
            caller.connect(new Bootstrap()
                    .group(loop)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                    .option(ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(1_024, 16_384, 262_144))
                    .option(
                            ChannelOption.WRITE_BUFFER_WATER_MARK,
                            new WriteBufferWaterMark(MAX_UNREAD_BYTES / 2, MAX_UNREAD_BYTES)));
        }

        void start(Caller.Run run) {
            long[] phases = new long[callerLines.length];
            long[] begins = new long[callerLines.length];
            @Nullable Caller[] callers = new Caller[callerLines.length];
            for (int place = 0; place < callerLines.length; place++) {
                int number = index + place * size.threads();
                phases[place] = number * FrameWheel.FRAME_NANOS / size.sessions();
                begins[place] = run.window().beginNanos(number, size.sessions());
                if (!callerLines[place].isOpen()) continue;
                Caller caller = new Caller(run, callerLines[place], number);
                callerLines[place].listen(caller);
                callers[place] = caller;
            }
            CallerLoop begun = new CallerLoop(
                    loop,
                    size.isSpinning(),
                    callers,
                    begins,
                    new FrameWheel(run.window().startNanos(), phases),
                    run);
            calls = begun;
            begun.start();
        }

        boolean isSettled() {
            return calls == null || calls.isSettled();
        }

        void leave() {
            if (calls != null) {
                calls.stop();
                calls.endAll();
            }
            for (CallerLine line : callerLines) {
                if (line != null) line.leave();
            }
        }

        /** Of the connection at one place. */
        private final class Fate implements CallerLine.Fate {
            private final int place;
            private boolean wasOpen;

            Fate(int place) {
                this.place = place;
            }

            @Override
            public void onOpen() {
                wasOpen = true;
                up.incrementAndGet();
                decided.countDown();
            }

            @Override
            public void onClosed(String reason, boolean isOwnWish) {
                if (wasOpen) up.decrementAndGet();
                else decided.countDown();
                if (!isOwnWish) {
                    failed.incrementAndGet();
                    firstFailure.compareAndSet(null, reason);
                }
                if (calls != null) calls.onGone(place);
            }
        }
    }
}
