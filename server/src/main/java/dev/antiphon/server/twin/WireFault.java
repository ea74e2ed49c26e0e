package dev.antiphon.server.twin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;

/**
 * Answers a request with bytes of its own, past the HTTP codec; no further request is answered on the connection.
 *
 * <p>Threading: confined to the channel's event loop.
 */
final class WireFault {
    private static final String STREAM_HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String SECOND_BODY = "data: {\"choices\":[{\"index\":0,\"delta\":{\"audio\":"
            + "{\"transcript\":\"This belongs to nobody.\",\"data\":\"AAAAAAAA\"}}}]}\n\ndata: [DONE]\n\n";
    private static final int MOST_POURED_BYTES = 64 << 20;
    private static final int LINES_AT_ONCE = 16;

    private WireFault() {}

    /** @param ctx of the twin's handler */
    static void show(TwinFault fault, ChannelHandlerContext ctx) {
        switch (fault) {
            case RST_BEFORE_HEADERS -> reset(ctx.channel());
            case FIN_BEFORE_HEADERS -> write(ctx, "").addListener(ChannelFutureListener.CLOSE);
            case HANG_BEFORE_HEADERS -> {}
            case HALF_STATUS_LINE -> write(ctx, "HTTP/1.1 20").addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            case BAD_CHUNK_SIZE ->
                write(ctx, STREAM_HEAD + "xyz\r\ndata: {}\n\n\r\n").addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            case ENDLESS_HEADERS -> {
                String line = "X-Filler: " + "x".repeat(1_000) + "\r\n";
                pour("HTTP/1.1 200 OK\r\n", line.repeat(LINES_AT_ONCE), ctx);
            }
            case FLOOD_1XX -> pour("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(LINES_AT_ONCE), ctx);
            default -> throw new IllegalStateException("fault: " + fault + " (expected: one of the wire)");
        }
    }

    /** A whole response behind the one that was asked for; with the next flush. */
    static void writeSecondResponse(ChannelHandlerContext ctx) {
        String chunk = Integer.toHexString(SECOND_BODY.length()) + "\r\n" + SECOND_BODY + "\r\n0\r\n\r\n";
        wire(ctx).write(bytes(STREAM_HEAD + chunk)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    /** What the peer has not read yet it may never read. */
    @SuppressWarnings("FutureReturnValueIgnored") // whether closing went well changes nothing: the connection is gone
    static void reset(Channel channel) {
        if (!channel.isOpen()) return; // the peer was faster
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        channel.close();
    }

    private static ChannelFuture write(ChannelHandlerContext ctx, String text) {
        return wire(ctx).writeAndFlush(bytes(text));
    }

    private static void pour(String first, String again, ChannelHandlerContext ctx) {
        Pouring pouring = new Pouring(wire(ctx), again.getBytes(StandardCharsets.US_ASCII));
        ctx.pipeline().addBefore(ctx.name(), null, pouring);
        write(ctx, first).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        pouring.pour();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    /** Writes from here leave as they are. */
    private static ChannelHandlerContext wire(ChannelHandlerContext ctx) {
        return ctx.pipeline().context(HttpServerCodec.class);
    }

    /** The same bytes again and again, as fast as the peer takes them. */
    private static final class Pouring extends ChannelInboundHandlerAdapter {
        private final ChannelHandlerContext wire;
        private final byte[] again;
        private int pouredBytes;

        Pouring(ChannelHandlerContext wire, byte[] again) {
            this.wire = wire;
            this.again = again;
        }

        void pour() {
            while (wire.channel().isWritable() && pouredBytes < MOST_POURED_BYTES) {
                pouredBytes += again.length;
                wire.writeAndFlush(Unpooled.wrappedBuffer(again)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            pour();
            ctx.fireChannelWritabilityChanged();
        }
    }
}
