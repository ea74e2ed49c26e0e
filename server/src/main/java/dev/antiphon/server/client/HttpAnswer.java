package dev.antiphon.server.client;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.antiphon.server.client.Admission.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** Whole HTTP answers: JSON, and errors in the shape of the OpenAI API. */
public final class HttpAnswer {
    private HttpAnswer() {}

    /**
     * An answer that nobody may keep a copy of.
     *
     * @param json taken
     * @return given
     */
    public static FullHttpResponse json(HttpResponseStatus status, ByteBuf json) {
        return whole(status, HttpHeaderValues.APPLICATION_JSON, json);
    }

    /**
     * An answer that nobody may keep a copy of.
     *
     * @param body taken
     * @return given
     */
    public static FullHttpResponse whole(HttpResponseStatus status, CharSequence contentType, ByteBuf body) {
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, contentType)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        return response;
    }

    /** @return given */
    public static FullHttpResponse refusal(Refusal refusal, ByteBufAllocator allocator) {
        return refusal(refusal, refusal.retryAfterSeconds(), allocator);
    }

    /**
     * @param retryAfterSeconds told where the status asks the client to come back
     * @return given
     */
    public static FullHttpResponse refusal(Refusal refusal, long retryAfterSeconds, ByteBufAllocator allocator) {
        ByteBuf body = ByteBufUtil.writeUtf8(
                allocator,
                "{\"error\":{\"message\":" + quoted(refusal.message()) + ",\"type\":" + quoted(refusal.type())
                        + ",\"param\":" + quoted(refusal.param()) + ",\"code\":" + quoted(refusal.code()) + "}}");
        HttpResponseStatus status = HttpResponseStatus.valueOf(refusal.httpStatus());
        FullHttpResponse response = json(status, body);
        if (status.equals(HttpResponseStatus.TOO_MANY_REQUESTS)
                || status.equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
            response.headers().set(HttpHeaderNames.RETRY_AFTER, retryAfterSeconds);
        }
        return response;
    }

    /**
     * Writes the last answer of a connection, which then ends; what the client still says is not read any more.
     *
     * @param response taken
     */
    public static void writeLast(ChannelHandlerContext ctx, FullHttpResponse response) {
        ctx.pipeline().fireUserEventTriggered(HttpRoutes.Event.LAST_ANSWER);
        Farewell.after(ctx.channel(), ctx.writeAndFlush(response));
    }

    /**
     * Ends the connection when its last answer has been taken; what the client still says is not read any more.
     *
     * @param lastWrite of an answer that may be long, under way
     */
    public static void endAfter(ChannelHandlerContext ctx, ChannelFuture lastWrite) {
        ctx.pipeline().fireUserEventTriggered(HttpRoutes.Event.LAST_ANSWER);
        lastWrite.addListener(written -> Farewell.after(ctx.channel(), lastWrite));
    }

    private static String quoted(@Nullable String text) {
        return text == null
                ? "null"
                : '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
