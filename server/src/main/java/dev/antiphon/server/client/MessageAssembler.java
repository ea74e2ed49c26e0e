package dev.antiphon.server.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import org.jspecify.annotations.Nullable;

/**
 * Joins the fragments of one message (RFC 6455 §5.4). That they come in order is the frame decoder's to check.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class MessageAssembler implements AutoCloseable {
    static final int MAX_FRAGMENTS = 32;
    static final int MAX_EMPTY_FRAGMENTS_IN_A_ROW = 4;

    private final int maxMessageBytes;
    private @Nullable CompositeByteBuf message; // null: between two messages
    private int emptyInARow;

    MessageAssembler(int maxMessageBytes) {
        this.maxMessageBytes = maxMessageBytes;
    }

    /**
     * @param fragment lent
     * @param isLast whether the message ends with it
     * @return the whole message, given; null: more is to come
     * @throws CorruptedWebSocketFrameException if it is too much; the message is gone then
     */
    @Nullable
    ByteBuf add(ByteBuf fragment, boolean isLast, ByteBufAllocator allocator) {
        if (message == null) {
            if (isLast) return fragment.retainedSlice();
            message = allocator.compositeBuffer(MAX_FRAGMENTS);
        }
        emptyInARow = fragment.isReadable() ? 0 : emptyInARow + 1;
        if (message.readableBytes() + (long) fragment.readableBytes() > maxMessageBytes) {
            throw tooMuch(WebSocketCloseStatus.MESSAGE_TOO_BIG, "message: over " + maxMessageBytes + " bytes");
        }
        if (message.numComponents() >= MAX_FRAGMENTS || emptyInARow > MAX_EMPTY_FRAGMENTS_IN_A_ROW) {
            throw tooMuch(WebSocketCloseStatus.POLICY_VIOLATION, "too many fragments");
        }
        message.addComponent(true, fragment.retainedSlice());
        if (!isLast) return null;
        ByteBuf whole = message;
        message = null;
        emptyInARow = 0;
        return whole;
    }

    private CorruptedWebSocketFrameException tooMuch(WebSocketCloseStatus status, String reason) {
        close();
        return new CorruptedWebSocketFrameException(status, reason);
    }

    @Override
    public void close() {
        if (message != null) message.release();
        message = null;
    }
}
