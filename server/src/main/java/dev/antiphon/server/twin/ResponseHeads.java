package dev.antiphon.server.twin;

import dev.antiphon.server.twin.wire.Ids;
import dev.antiphon.server.twin.wire.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;

/**
 * Heads with the header fields of the recordings.
 *
 * <p>Threading: thread-safe, stateless.
 */
final class ResponseHeads {
    static final String JSON = "application/json";

    private ResponseHeads() {}

    static HttpResponse eventStream(Ids ids, long processingMillis) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        HttpUtil.setTransferEncodingChunked(head, true);
        setCommon(head.headers(), ids, processingMillis);
        setRateLimits(head.headers());
        return head;
    }

    /** @param body taken */
    static FullHttpResponse whole(HttpResponseStatus status, String contentType, ByteBuf body, Ids ids, long millis) {
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
        HttpUtil.setContentLength(response, body.readableBytes());
        setCommon(response.headers(), ids, millis);
        return response;
    }

    /** @param body empty, taken */
    static FullHttpResponse refusal(Refusal refusal, ByteBuf body, Ids ids, long millis) {
        refusal.writeBody(body);
        HttpResponseStatus status = HttpResponseStatus.valueOf(refusal.httpStatus());
        FullHttpResponse response = whole(status, refusal.contentType(), body, ids, millis);
        if (refusal.httpStatus() == 429) response.headers().set(HttpHeaderNames.RETRY_AFTER, "1");
        if (refusal.httpStatus() == 405) response.headers().set(HttpHeaderNames.ALLOW, "POST");
        return response;
    }

    private static void setCommon(HttpHeaders headers, Ids ids, long processingMillis) {
        headers.set("openai-organization", "antiphon");
        headers.set("openai-processing-ms", Long.toString(processingMillis));
        headers.set("openai-project", "proj_antiphon_twin");
        headers.set("openai-version", "2020-10-01");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("X-Request-ID", ids.request());
    }

    /** Constant: the twin limits nothing. */
    private static void setRateLimits(HttpHeaders headers) {
        headers.set("x-ratelimit-limit-requests", "20000");
        headers.set("x-ratelimit-limit-tokens", "15000000");
        headers.set("x-ratelimit-remaining-requests", "19999");
        headers.set("x-ratelimit-remaining-tokens", "14999987");
        headers.set("x-ratelimit-reset-requests", "3ms");
        headers.set("x-ratelimit-reset-tokens", "0s");
    }
}
