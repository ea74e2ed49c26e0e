package dev.antiphon.server.client;

import dev.antiphon.session.ClientInlet;
import dev.antiphon.session.ClientOutlet;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.Timers;
import dev.antiphon.time.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCounted;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a session lives on its client's channel, whatever protocol it is spoken to in: it keeps its timers, tells it the
 * time, and decides when what is written leaves. What is said, and how, is the {@link ClientWire}'s.
 *
 * <p>What is written leaves with one flush: at the end of the read loop that caused it, or, when something else did (an
 * upstream, a timer), at the end of this turn of the event loop.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class SessionHost implements ClientOutlet, Timers {
    private final Channel channel;
    private final CloseHandshake closing;
    private final NanoClock clock;
    private final SessionFactory sessions;
    private final Map<Deadline, Wake> deadlines = new EnumMap<>(Deadline.class);
    private final List<Wake> wakes = new ArrayList<>(); // all that were made, deadlines too
    private final ClientWire wire;
    private final Runnable flush = this::flush; // one for all

    private @Nullable ClientInlet session; // null: the client has not said yet what it wants
    private String spokenResponseId = ""; // whose sound was written last; empty: none
    private boolean isReading;
    private boolean isFlushDue;
    private boolean hasEnded;

    SessionHost(
            Channel channel,
            CloseHandshake closing,
            NanoClock clock,
            SessionFactory sessions,
            ClientWire.Maker protocol) {
        this.channel = channel;
        this.closing = closing;
        this.clock = clock;
        this.sessions = sessions;
        this.wire = protocol.newWire(this);
    }

    // ---- for the connection ----

    void open() {
        wire.open();
    }

    /** @param text lent */
    void onText(ByteBuf text) {
        if (hasEnded) return;
        isReading = true;
        wire.onText(text, clock.nanoTime());
    }

    /** @param data lent */
    void onBinary(ByteBuf data) {
        if (hasEnded) return;
        isReading = true;
        wire.onBinary(data, clock.nanoTime());
    }

    /** The read loop has ended: what it caused leaves. */
    void onReadComplete() {
        isReading = false;
        flush();
    }

    void onWritable() {
        if (!hasEnded) wire.onWritable(clock.nanoTime());
    }

    /** The session ends from outside; whatever it still says is dropped if a Close has been sent. Idempotent. */
    void end(CloseReason reason) {
        if (hasEnded) return;
        hasEnded = true;
        cancelTimeouts();
        if (session == null) close(reason);
        else session.close(reason, clock.nanoTime());
    }

    // ---- for the wire ----

    /** Makes the session, which says nothing before it is opened. Once. */
    ClientInlet begin(Opening opening) {
        ClientInlet begun = sessions.newSession(opening, this, this, channel.eventLoop());
        session = begun;
        return begun;
    }

    long nanoTime() {
        return clock.nanoTime();
    }

    /** Something that happens on the session's loop at a moment; never after the session has ended. */
    Wake newWake(LongConsumer task) {
        Wake wake = new Wake(channel, clock, now -> {
            if (!hasEnded) task.accept(now);
        });
        wakes.add(wake);
        return wake;
    }

    /** Whether the client's socket takes more. */
    boolean isChannelWritable() {
        return channel.isWritable();
    }

    ByteBufAllocator alloc() {
        return channel.alloc();
    }

    /** @param frame a {@link WebSocketFrame}, or the bytes of one, head and all; taken */
    @SuppressWarnings("FutureReturnValueIgnored") // a void promise tells the channel's top handler of a failure
    void write(ReferenceCounted frame) {
        channel.write(frame, channel.voidPromise());
        flushSoon();
    }

    /**
     * Writes the last word, unless a Close is on its way already.
     *
     * @param json taken
     */
    void writeUnlessClosing(ByteBuf json) {
        if (closing.isClosing()) json.release();
        else write(new TextWebSocketFrame(json));
    }

    /**
     * Writes sound. Only the first piece of a response is waited for: the rest needs no promise of its own.
     *
     * @param frame as in {@link #write}; taken
     */
    void writeAudio(String responseId, ReferenceCounted frame) {
        if (responseId.equals(spokenResponseId)) {
            write(frame);
            return;
        }
        spokenResponseId = responseId;
        channel.write(frame).addListener(written -> {
            if (!written.isSuccess()) channel.pipeline().fireExceptionCaught(written.cause());
            else if (session != null) session.onFirstAudioWritten(responseId, clock.nanoTime());
        });
        flushSoon();
    }

    // ---- for the session ----

    @Override
    public void send(ServerEvent event) {
        assert channel.eventLoop().inEventLoop();
        if (!closing.isClosing()) wire.send(event);
    }

    @Override
    public void sendAudio(PartRef part, ByteBuf audio) {
        assert channel.eventLoop().inEventLoop();
        if (closing.isClosing()) audio.release();
        else wire.sendAudio(part, audio);
    }

    /** Nothing is written behind it, so that its own write ends when those before it have. */
    @Override
    public void onceFlushed(LongConsumer listener) {
        if (closing.isClosing()) return;
        channel.write(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess()) listener.accept(clock.nanoTime());
        });
        flushSoon();
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable() && !closing.isClosing() && wire.wantsAudio();
    }

    @Override
    public void close(CloseReason reason) {
        hasEnded = true;
        cancelTimeouts();
        Goodbye goodbye = wire.end(reason);
        closing.close(goodbye.status(), goodbye.sentence());
    }

    @Override
    public void set(Deadline deadline, long atNanos) {
        if (!hasEnded) deadlines.computeIfAbsent(deadline, this::newDeadline).set(atNanos);
    }

    @Override
    public void cancel(Deadline deadline) {
        Wake wake = deadlines.get(deadline);
        if (wake != null) wake.cancel();
    }

    private Wake newDeadline(Deadline deadline) {
        return newWake(now -> {
            if (session != null) session.onTimer(deadline, now);
        });
    }

    private void cancelTimeouts() {
        wakes.forEach(Wake::cancel);
    }

    private void flushSoon() {
        if (isFlushDue) return;
        isFlushDue = true;
        if (!isReading) channel.eventLoop().execute(flush);
    }

    private void flush() {
        if (!isFlushDue) return;
        isFlushDue = false;
        channel.flush();
    }
}
