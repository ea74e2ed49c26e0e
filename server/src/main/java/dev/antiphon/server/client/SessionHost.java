package dev.antiphon.server.client;

import dev.antiphon.realtime.ClientEventReader;
import dev.antiphon.realtime.ClientEvents;
import dev.antiphon.realtime.Dialect;
import dev.antiphon.realtime.ServerEventWriter;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.ClientInlet;
import dev.antiphon.session.ClientOutlet;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.Timers;
import dev.antiphon.time.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Where a session lives on its client's channel: it turns text into calls of the session and the session's words into
 * frames, keeps its timers, and tells it the time.
 *
 * <p>What is written leaves with one flush: at the end of the read loop that caused it, or, when something else did (an
 * upstream, a timer), at the end of this turn of the event loop.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class SessionHost implements ClientOutlet, Timers, ClientEvents {
    private final Channel channel;
    private final CloseHandshake closing;
    private final NanoClock clock;
    private final ClientEventReader reader;
    private final ServerEventWriter writer;
    private final Map<Deadline, ScheduledFuture<?>> timeouts = new EnumMap<>(Deadline.class);
    private final ClientInlet session;

    private long messageNanos; // when the message that is being read came
    private String spokenResponseId = ""; // whose sound was written last; empty: none
    private boolean isReading;
    private boolean isFlushDue;
    private boolean hasEnded;

    SessionHost(
            Channel channel,
            CloseHandshake closing,
            NanoClock clock,
            SessionFactory sessions,
            Opening opening,
            Dialect dialect) {
        this.channel = channel;
        this.closing = closing;
        this.clock = clock;
        this.reader = new ClientEventReader(dialect, channel.alloc());
        this.writer = new ServerEventWriter(dialect);
        this.session = sessions.newSession(opening, this, this, channel.eventLoop());
    }

    void open() {
        session.open(clock.nanoTime());
    }

    /** @param text lent */
    void onText(ByteBuf text) {
        if (hasEnded) return;
        isReading = true;
        messageNanos = clock.nanoTime();
        try {
            reader.read(text, session.settings(), this);
        } catch (ClientFault fault) {
            session.onClientFault(fault);
        }
    }

    void onBinary() {
        if (hasEnded) return;
        isReading = true;
        session.onClientFault(new ClientFault(
                "invalid_value", "A binary frame is not read here (expected: an event as JSON text).", null, null));
    }

    /** The read loop has ended: what it caused leaves. */
    void onReadComplete() {
        isReading = false;
        flush();
    }

    void onWritable() {
        if (!hasEnded) session.onClientWritable(clock.nanoTime());
    }

    /** The session ends from outside; whatever it still says is dropped if a Close has been sent. Idempotent. */
    void end(CloseReason reason) {
        if (hasEnded) return;
        hasEnded = true;
        cancelTimeouts();
        session.close(reason, clock.nanoTime());
    }

    @Override
    public void onDialect(Dialect dialect) {
        writer.speak(dialect);
    }

    @Override
    public void onAudio(ByteBuf audio) {
        session.onAudio(audio, messageNanos);
    }

    @Override
    public void onCommand(ClientCommand command) {
        session.onCommand(command, messageNanos);
    }

    @Override
    public void send(ServerEvent event) {
        assert channel.eventLoop().inEventLoop();
        if (!closing.isClosing() && writer.hasWordFor(event)) write(writer.write(event, channel.alloc()));
    }

    @Override
    public void sendAudio(PartRef part, ByteBuf pcm) {
        assert channel.eventLoop().inEventLoop();
        try {
            if (closing.isClosing()) return;
            ByteBuf json = writer.writeAudio(part, pcm, channel.alloc());
            if (part.responseId().equals(spokenResponseId)) {
                write(json);
            } else {
                spokenResponseId = part.responseId();
                writeFirstAudio(spokenResponseId, json);
            }
        } finally {
            pcm.release();
        }
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable() && !closing.isClosing();
    }

    @Override
    public void close(CloseReason reason) {
        hasEnded = true;
        cancelTimeouts();
        switch (reason) {
            case NORMAL -> closing.close(WebSocketCloseStatus.NORMAL_CLOSURE, "");
            case GOING_AWAY -> closing.close(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE, "The gateway is going away.");
            case SESSION_EXPIRED ->
                closing.close(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE, "The session hit its maximum duration.");
            case INTERNAL_ERROR -> closing.close(WebSocketCloseStatus.INTERNAL_SERVER_ERROR, "The gateway failed.");
            case OVERLOADED -> closing.close(WebSocketCloseStatus.TRY_AGAIN_LATER, "The gateway is overloaded.");
        }
    }

    @Override
    public void set(Deadline deadline, long atNanos) {
        cancel(deadline);
        if (hasEnded) return;
        long delayNanos = Math.max(0, atNanos - clock.nanoTime());
        timeouts.put(
                deadline, channel.eventLoop().schedule(() -> onTimeout(deadline), delayNanos, TimeUnit.NANOSECONDS));
    }

    @Override
    public void cancel(Deadline deadline) {
        ScheduledFuture<?> timeout = timeouts.remove(deadline);
        if (timeout != null) timeout.cancel(false);
    }

    private void onTimeout(Deadline deadline) {
        timeouts.remove(deadline);
        try {
            session.onTimer(deadline, clock.nanoTime());
        } catch (RuntimeException | Error e) {
            // A scheduled task swallows what it throws; the channel's top handler must see it.
            channel.pipeline().fireExceptionCaught(e);
        }
    }

    private void cancelTimeouts() {
        timeouts.values().forEach(timeout -> timeout.cancel(false));
        timeouts.clear();
    }

    /** Only the first piece of a response is waited for: the rest needs no promise of its own. */
    private void writeFirstAudio(String responseId, ByteBuf json) {
        channel.write(new TextWebSocketFrame(json)).addListener(written -> {
            if (written.isSuccess()) session.onFirstAudioWritten(responseId, clock.nanoTime());
            else channel.pipeline().fireExceptionCaught(written.cause());
        });
        flushSoon();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a void promise tells the channel's top handler of a failure
    private void write(ByteBuf json) {
        channel.write(new TextWebSocketFrame(json), channel.voidPromise());
        flushSoon();
    }

    private void flushSoon() {
        if (isFlushDue) return;
        isFlushDue = true;
        if (!isReading) channel.eventLoop().execute(this::flush);
    }

    private void flush() {
        if (!isFlushDue) return;
        isFlushDue = false;
        channel.flush();
    }
}
