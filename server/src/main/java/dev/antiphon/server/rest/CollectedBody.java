package dev.antiphon.server.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;

/**
 * A body that is read when all of it is there, and answered at once.
 *
 * <p>Threading: confined to the connection's event loop.
 */
public final class CollectedBody implements BodySink {
    private final Consumer<ByteBuf> reader;
    private ByteBuf body; // empty once it has been read

    /** @param reader lent the whole body */
    public CollectedBody(ByteBufAllocator allocator, Consumer<ByteBuf> reader) {
        this.reader = reader;
        body = allocator.buffer();
    }

    @Override
    public void onBody(ByteBuf bytes) {
        body.writeBytes(bytes);
    }

    @Override
    public void onEnd() {
        ByteBuf whole = body;
        body = Unpooled.EMPTY_BUFFER;
        try {
            reader.accept(whole);
        } finally {
            whole.release();
        }
    }

    @Override
    public void onAbandoned() {
        body.release();
        body = Unpooled.EMPTY_BUFFER;
    }
}
