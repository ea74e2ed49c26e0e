package dev.antiphon.server.upstream;

import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ChatRequestWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

/**
 * A {@link ChatRequest} as an HTTP request to one endpoint.
 *
 * <p>Threading: confined to its event loop.
 */
final class UpstreamRequests {
    private static final String USER_AGENT = "antiphon/" + version();
    private static final int ENVELOPE_BYTES = 1 << 10;
    private static final int MESSAGE_BYTES = 128;

    private final UpstreamEndpoint endpoint;
    private final ChatRequestWriter writer = new ChatRequestWriter();

    UpstreamRequests(UpstreamEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** @return the body, given */
    ByteBuf body(ChatRequest request, ByteBufAllocator allocator) {
        // Direct and of about the final size: neither growing nor the socket copies 20 MB of speech again.
        ByteBuf body = allocator.directBuffer(expectedBytes(request));
        try {
            writer.write(request, body);
            return body.retain();
        } finally {
            body.release();
        }
    }

    /** @param body taken by the request */
    FullHttpRequest post(ByteBuf body) {
        FullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, endpoint.requestTarget(), body);
        request.headers()
                .set(HttpHeaderNames.HOST, endpoint.server().hostHeader())
                .set(HttpHeaderNames.USER_AGENT, USER_AGENT)
                .set(HttpHeaderNames.ACCEPT, HttpHeaderValues.TEXT_EVENT_STREAM)
                .set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY)
                .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        endpoint.credentials().addTo(request.headers());
        return request;
    }

    /** An estimate: a body that outgrows it is still right, only copied. */
    private static int expectedBytes(ChatRequest request) {
        long bytes = ENVELOPE_BYTES;
        for (ChatMessage message : request.messages()) {
            bytes += MESSAGE_BYTES;
            if (!(message instanceof ChatMessage.UserMessage user)) continue;
            for (ChatMessage.UserPart part : user.parts()) {
                bytes += MESSAGE_BYTES;
                // Base64 makes four characters of three bytes.
                if (part instanceof ChatMessage.AudioPart audio)
                    bytes += audio.clip().bytes() / 3L * 4;
                if (part instanceof ChatMessage.ImagePart image)
                    bytes += image.url().length();
            }
        }
        return (int) Math.min(bytes, Integer.MAX_VALUE / 2);
    }

    private static String version() {
        String version = UpstreamRequests.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
