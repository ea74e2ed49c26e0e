package dev.antiphon.bench.load.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.antiphon.time.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP connection to the scripted model: a request after the other, each answered to its end. Whatever the body of a
 * request says, it is read and forgotten.
 *
 * <p>Threading: confined to its event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a void promise tells exceptionCaught of a failure
final class ChatHandler extends ChannelInboundHandlerAdapter {
    private static final String MODELS =
            "{\"object\":\"list\",\"data\":[{\"id\":\"scripted\",\"object\":\"model\",\"created\":1780693557,"
                    + "\"owned_by\":\"bench\"}]}";

    private final Answers answers;
    private @Nullable HttpRequest request; // null: its last byte was read
    private @Nullable Answer answer; // null: none under way

    ChatHandler(Answers answers) {
        this.answers = answers;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        long nowNanos = NanoClock.SYSTEM.nanoTime();
        try {
            if (message instanceof HttpRequest head) request = head;
            if (message instanceof LastHttpContent) answer(ctx, nowNanos);
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void answer(ChannelHandlerContext ctx, long requestReadNanos) {
        HttpRequest asked = Objects.requireNonNull(request, "a body without a head");
        request = null;
        String uri = asked.uri();
        String path = uri.indexOf('?') < 0 ? uri : uri.substring(0, uri.indexOf('?'));
        if (path.endsWith("/chat/completions") && asked.method().equals(HttpMethod.POST)) {
            speak(ctx, requestReadNanos);
        } else if (path.endsWith("/realtime")) {
            upgrade(ctx, asked);
        } else if (path.endsWith("/models")) {
            writeWhole(ctx, HttpResponseStatus.OK, MODELS);
        } else {
            writeWhole(ctx, HttpResponseStatus.NOT_FOUND, "{\"error\":{\"message\":\"There is nothing here.\"}}");
        }
    }

    private void speak(ChannelHandlerContext ctx, long requestReadNanos) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        HttpUtil.setTransferEncodingChunked(head, true);
        ctx.write(head, ctx.voidPromise());
        AnswerPlan plan = answers.next();
        Answer begun = new Answer(plan, new ChatAnswerWriter(plan), ctx.channel(), new Chunks(ctx), requestReadNanos);
        answer = begun;
        begun.start();
    }

    private void upgrade(ChannelHandlerContext ctx, HttpRequest asked) {
        String key = asked.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
        if (key == null) {
            writeWhole(ctx, HttpResponseStatus.UPGRADE_REQUIRED, "{}");
            return;
        }
        String head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + DirectFrames.acceptKey(key) + "\r\n\r\n";
        ctx.pipeline().addLast(new DirectHandler(answers));
        ctx.pipeline().remove(HttpServerCodec.class);
        ctx.writeAndFlush(Unpooled.copiedBuffer(head, US_ASCII), ctx.voidPromise());
        ctx.pipeline().remove(this);
    }

    private static void writeWhole(ChannelHandlerContext ctx, HttpResponseStatus status, String json) {
        FullHttpResponse whole =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(json, US_ASCII));
        whole.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        HttpUtil.setContentLength(whole, whole.content().readableBytes());
        ctx.writeAndFlush(whole, ctx.voidPromise());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        Answer cut = answer;
        if (cut == null) return;
        answer = null;
        cut.cancel();
        answers.listener().onCut(cut.id(), NanoClock.SYSTEM.nanoTime());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    /** The body of one answer. */
    private final class Chunks implements Answer.Outlet {
        private final ChannelHandlerContext ctx;

        Chunks(ChannelHandlerContext ctx) {
            this.ctx = ctx;
        }

        @Override
        public void write(ByteBuf bytes) {
            int length = bytes.readableBytes();
            ctx.writeAndFlush(new DefaultHttpContent(bytes)).addListener(written -> {
                if (!written.isSuccess()) answers.listener().onWrittenInVain(length);
            });
        }

        @Override
        public void onAnswered() {
            answer = null;
            ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT, ctx.voidPromise());
        }
    }
}
