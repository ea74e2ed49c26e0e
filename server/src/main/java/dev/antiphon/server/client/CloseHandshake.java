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

    /** Whether a Close has been sent: nothing may be written any more. */
    boolean isClosing() {
        return closing;
    }

    /** Ends the connection for our reason; without effect when it is ending already. */
    void close(WebSocketCloseStatus status, String reason) {
        if (closing) return;
        closing = true;
        Farewell.after(channel, channel.writeAndFlush(new CloseWebSocketFrame(status, reason)));
    }

    /** @param frame the client's Close: the start of its own farewell, or its answer to ours; lent */
    void onClose(CloseWebSocketFrame frame) {
        if (closing) {
            channel.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            return;
        }
        closing = true;
        CloseWebSocketFrame answer =
                frame.statusCode() < 0 ? new CloseWebSocketFrame() : new CloseWebSocketFrame(frame.statusCode(), "");
        channel.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    }
}
