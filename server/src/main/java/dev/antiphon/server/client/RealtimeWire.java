package dev.antiphon.server.client;

import dev.antiphon.realtime.ClientEventReader;
import dev.antiphon.realtime.ClientEvents;
import dev.antiphon.realtime.Dialect;
import dev.antiphon.realtime.ServerEventWriter;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.ClientInlet;
import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ServerEvent;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;

/**
 * The OpenAI Realtime protocol: an event a text frame, both ways, audio in base64 inside.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class RealtimeWire implements ClientWire, ClientEvents {
    private final SessionHost host;
    private final ClientEventReader reader;
    private final ServerEventWriter writer;
    private final ClientInlet session;

    private long messageNanos; // when the message that is being read came

    RealtimeWire(SessionHost host, Opening opening, Dialect dialect) {
        this.host = host;
        this.reader = new ClientEventReader(dialect);
        this.writer = new ServerEventWriter(dialect);
        this.session = host.begin(opening);
    }

    @Override
    public void open() {
        session.open(host.nanoTime());
    }

    @Override
    public void onText(ByteBuf text, long nowNanos) {
        messageNanos = nowNanos;
        try {
            reader.read(text, session.settings(), this);
        } catch (ClientFault fault) {
            session.onClientFault(fault);
        }
    }

    @Override
    public void onBinary(ByteBuf data, long nowNanos) {
        session.onClientFault(new ClientFault(
                "invalid_value", "A binary frame is not read here (expected: an event as JSON text).", null, null));
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
        if (writer.hasWordFor(event)) host.write(FrameHead.text(writer.write(event, host.alloc())));
    }

    @Override
    public void sendAudio(PartRef part, ByteBuf pcm) {
        try {
            host.writeAudio(part.responseId(), FrameHead.text(writer.writeAudio(part, pcm, host.alloc())));
        } finally {
            pcm.release();
        }
    }

    /** Audio waits in the session until the socket takes it. */
    @Override
    public boolean wantsAudio() {
        return true;
    }

    @Override
    public void onWritable(long nowNanos) {
        session.onClientWritable(nowNanos);
    }

    @Override
    public Goodbye end(CloseReason reason) {
        return switch (reason) {
            case NORMAL -> new Goodbye(WebSocketCloseStatus.NORMAL_CLOSURE, "");
            case GOING_AWAY -> new Goodbye(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE, "The gateway is going away.");
            case SESSION_EXPIRED ->
                new Goodbye(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE, "The session hit its maximum duration.");
            case INTERNAL_ERROR -> new Goodbye(WebSocketCloseStatus.INTERNAL_SERVER_ERROR, "The gateway failed.");
            case OVERLOADED -> new Goodbye(WebSocketCloseStatus.TRY_AGAIN_LATER, "The gateway is overloaded.");
        };
    }
}
