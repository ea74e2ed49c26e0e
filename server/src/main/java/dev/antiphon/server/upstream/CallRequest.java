package dev.antiphon.server.upstream;

import dev.antiphon.server.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * What one call asks, kept for as long as it may have to be sent again.
 *
 * <p>Threading: confined to its event loop.
 */
final class CallRequest {
    private final HttpMethod method;
    private final String target;
    private final HttpHeaders headers;
    private @Nullable ByteBuf body; // ours until it cannot be needed again

    /** @param body taken */
    CallRequest(HttpMethod method, String target, HttpHeaders headers, ByteBuf body) {
        this.method = method;
        this.target = target;
        this.headers = headers;
        this.body = body;
    }

    /** Adds what stands in for a key. */
    void authorize(Secret token) {
        headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + token.value());
    }

    /** The request, given, for the only time. */
    FullHttpRequest takeLast() {
        ByteBuf last = body;
        if (last == null) throw new IllegalStateException("body: already sent (expected: kept for this attempt)");
        body = null;
        return message(last);
    }

    /** The request, given; it may be needed once more. */
    FullHttpRequest take() {
        ByteBuf kept = body;
        if (kept == null) throw new IllegalStateException("body: already sent (expected: kept for this attempt)");
        return message(kept.retainedDuplicate());
    }

    boolean canBeSentAgain() {
        return body != null;
    }

    /** It will not be needed again. Idempotent. */
    void release() {
        if (body != null) body.release();
        body = null;
    }

    private FullHttpRequest message(ByteBuf content) {
        // Not copied: whoever sends it leaves the headers as they are.
        return new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, method, target, content, headers, EmptyHttpHeaders.INSTANCE);
    }
}
