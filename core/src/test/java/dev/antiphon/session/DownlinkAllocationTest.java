package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.antiphon.realtime.Dialect;
import dev.antiphon.realtime.ServerEventWriter;
import dev.antiphon.testing.RecordedGrammar;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ReplyDecoder;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.usage.ResponseUsage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What one event of a spoken answer may leave on the heap once all is warm, from the bytes of the model's server through
 * decoder, queue and session to the bytes of the client's frame. Nothing here is timed.
 *
 * <p>Runs in a JVM without the leak detector, which would be part of what is counted.
 */
@Tag("allocation")
class DownlinkAllocationTest {
    private static final int WARM_UP_EVENTS = 20_000;
    private static final int EVENTS = 5_000;
    /**
     * From JDK 24 on Netty does without Unsafe, and copies out of direct memory and into it by views that it makes for the
     * purpose: so much was measured for each piece that a socket delivers, the frame's own copy among it.
     */
    private static final int VIEW_BYTES = PlatformDependent.hasUnsafe() ? 0 : 128;

    private static final int MAX_EVENT_BYTES = 1 << 20;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final List<ByteBuf> lent = new ArrayList<>();
    private final Client client = new Client();
    private final Session session = client.open();
    private final ReplyDecoder decoder = new ReplyDecoder(MAX_EVENT_BYTES, client.reply());

    @BeforeEach
    void begin() {
        decoder.onHead(200, "text/event-stream");
    }

    @AfterEach
    void close() {
        session.close(ClientOutlet.CloseReason.NORMAL, 0);
        lent.forEach(ByteBuf::release);
    }

    @Test
    void aPieceOfSoundLeavesNothingButViewsOfItsBytes() {
        assertThat(bytesPerEvent(pieces("\"delta\":{\"audio\":{\"data\"", 1 << 20)))
                .isLessThanOrEqualTo(VIEW_BYTES);
    }

    @Test
    void aPieceOfSoundInSegmentsOfTcpLeavesNothingButViewsOfItsBytes() {
        ByteBuf[] segments = pieces("\"delta\":{\"audio\":{\"data\"", 1_448);
        assertThat(bytesPerEvent(segments)).isLessThanOrEqualTo((long) segments.length * VIEW_BYTES);
    }

    @Test
    void aTickLeavesNothingButAViewOfItsBytes() {
        assertThat(bytesPerEvent(pieces("\"fp_58b2b3ae96\",\"usage\"", 1 << 20)))
                .isLessThanOrEqualTo(VIEW_BYTES);
    }

    /** Its text, the reply event it travels in and the server event it becomes. */
    @Test
    void aWordLeavesItsTextAndWhatItTravelsIn() {
        assertThat(bytesPerEvent(pieces("\"delta\":{\"audio\":{\"transcript\":\" word", 1 << 20)))
                .isLessThanOrEqualTo(96 + VIEW_BYTES);
    }

    /** On a thread as event loops are: only there Netty keeps its buffers' objects at hand. */
    private long bytesPerEvent(ByteBuf[] event) {
        FutureTask<Long> counting = new FutureTask<>(() -> count(event));
        new FastThreadLocalThread(counting, "downlink").start();
        try {
            return counting.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private long count(ByteBuf[] event) {
        for (int i = 0; i < WARM_UP_EVENTS; i++) feed(event);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < EVENTS; i++) feed(event);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least / EVENTS;
    }

    private void feed(ByteBuf[] event) {
        for (ByteBuf piece : event) decoder.onBody(piece.readerIndex(0));
        session.onReplyReadable(0);
    }

    /** The last event with this in it, as a socket delivers it. */
    private ByteBuf[] pieces(String with, int pieceBytes) {
        byte[] stream = RecordedGrammar.stream(
                RecordedGrammar.speech(2 * RecordedGrammar.PIECE_BYTES), List.of("Well", " word", " word"));
        byte[] event = new String(stream, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains(with))
                .reduce("", (earlier, later) -> later + "\n\n")
                .getBytes(StandardCharsets.UTF_8);
        ByteBuf[] pieces = new ByteBuf[(event.length + pieceBytes - 1) / pieceBytes];
        for (int i = 0; i < pieces.length; i++) {
            int bytes = Math.min(pieceBytes, event.length - i * pieceBytes);
            pieces[i] = ByteBufAllocator.DEFAULT.directBuffer(bytes).writeBytes(event, i * pieceBytes, bytes);
            lent.add(pieces[i]);
        }
        return pieces;
    }

    /** Writes every event down as a frame, and lets the frame go. */
    private static final class Client implements ClientOutlet, UpstreamCalls, UpstreamCalls.Call, Timers {
        private final ServerEventWriter writer = new ServerEventWriter(Dialect.GA);
        private @Nullable ReplyInlet reply;

        Session open() {
            SessionSettings settings = SessionHarness.pushToTalk();
            int[] counter = {0};
            Session session = new Session(
                    "sess_1",
                    new SessionStart(
                            settings,
                            prefix -> prefix + ++counter[0],
                            SessionLimits.DEFAULT,
                            MemorySettings.DEFAULT,
                            turn -> new SessionHarness.ScriptedDetector(),
                            SessionHarness.UNIX_SECONDS),
                    new SessionPorts(
                            this,
                            this,
                            (request, listener) -> {
                                throw new AssertionError("a transcription");
                            },
                            this,
                            new TurnObserver() {
                                @Override
                                public void onTurnEnded(
                                        ResponseSnapshot response, dev.antiphon.metrics.TurnTimeline timeline) {}

                                @Override
                                public void onUsage(ResponseUsage usage, @Nullable ResponseUsage before) {}
                            }));
            session.open(0);
            session.onCommand(new ClientCommand.ItemCreate(null, SessionHarness.userText("", "Speak."), null), 0);
            session.onCommand(new ClientCommand.ResponseCreate(null, session.settings(), Map.of()), 0);
            return session;
        }

        ReplyInlet reply() {
            if (reply == null) throw new AssertionError("the model was not asked");
            return reply;
        }

        @Override
        public void send(ServerEvent event) {
            if (writer.hasWordFor(event))
                writer.write(event, ByteBufAllocator.DEFAULT).release();
        }

        @Override
        public void sendAudio(PartRef part, ByteBuf audio) {
            writer.writeAudio(part, audio, ByteBufAllocator.DEFAULT).release();
            audio.release();
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void close(CloseReason reason) {}

        @Override
        public Call start(ChatRequest request, ReplyInlet inlet) {
            reply = inlet;
            return this;
        }

        @Override
        public void cancel() {}

        @Override
        public void resumeReads() {}

        @Override
        public void set(Deadline deadline, long atNanos) {}

        @Override
        public void cancel(Deadline deadline) {}
    }
}
