package dev.antiphon.server.client;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;

/**
 * The one place that sends a Close frame, once, and nothing after it (RFC 6455 §5.5.1).
 *
 * <p>Threading: confined to the session's event loop.
 */
final class CloseHandshake {
    private final Channel channel;
    private boolean closing;

    CloseHandshake(Channel channel) {
        this.channel = channel;
    }

    /** Whether the connection is ending: nothing but its Close may be written any more. */
    boolean isClosing() {
        return closing;
    }

    /**
     * From now on nothing is written but a Close, which the caller must send.
     *
     * @return false if somebody else does so already
     */
    boolean begin() {
        if (closing) return false;
        closing = true;
        return true;
    }

    /** Ends the connection for our reason; without effect when it is ending already. */
    void close(WebSocketCloseStatus status, String reason) {
        if (begin()) send(status, reason);
    }

    /** Ours to begin: says why, and leaves. */
    void send(WebSocketCloseStatus status, String reason) {
        Farewell.after(channel, channel.writeAndFlush(new CloseWebSocketFrame(status, reason)));
    }

    /**
     * The client's to begin: says the same, and leaves.
     *
     * @param statusCode -1: the client gave none
     */
    void answer(int statusCode) {
        CloseWebSocketFrame answer =
                statusCode < 0 ? new CloseWebSocketFrame() : new CloseWebSocketFrame(statusCode, "");
        channel.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    }
}
