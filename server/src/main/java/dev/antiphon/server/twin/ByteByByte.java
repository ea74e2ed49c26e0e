package dev.antiphon.server.twin;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;

/**
 * Sends each byte by itself. It stands where the bytes leave, and only for the time of one answer.
 *
 * <p>Threading: confined to the channel's event loop.
 */
final class ByteByByte extends ChannelOutboundHandlerAdapter {
    static void begin(ChannelPipeline pipeline) {
        pipeline.addFirst(new ByteByByte());
    }

    static void end(ChannelPipeline pipeline) {
        if (pipeline.get(ByteByByte.class) != null) pipeline.remove(ByteByByte.class);
    }

    @Override
    @SuppressWarnings(
            "FutureReturnValueIgnored") // a void promise tells the twin's handler of a failure, the last byte its
    // writer
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ByteBuf bytes = (ByteBuf) message;
        while (bytes.readableBytes() > 1) ctx.writeAndFlush(bytes.readRetainedSlice(1), ctx.voidPromise());
        ctx.writeAndFlush(bytes, promise);
    }
}
