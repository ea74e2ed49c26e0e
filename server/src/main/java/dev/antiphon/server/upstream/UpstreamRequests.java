package dev.antiphon.server.upstream;

import dev.antiphon.audio.Wav;
import dev.antiphon.upstream.BodyRequest;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ChatRequestWriter;
import dev.antiphon.upstream.Endpoint;
import dev.antiphon.upstream.TranscriptionRequest;
import dev.antiphon.upstream.TranscriptionRequestWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/**
 * What is asked of a model, as HTTP requests to one endpoint.
 *
 * <p>Threading: confined to its event loop.
 */
final class UpstreamRequests {
    private static final String USER_AGENT = "antiphon/" + version();
    private static final int ENVELOPE_BYTES = 1 << 10;
    private static final int MESSAGE_BYTES = 128;
    /** A model that does not stream answers in JSON whatever is asked. */
    private static final String TRANSCRIPTION_TYPES = "text/event-stream, application/json";

    private static final String ANYTHING = "*/*";

    private final UpstreamEndpoint endpoint;
    private final ChatRequestWriter chatWriter;
    private final TranscriptionRequestWriter transcriptionWriter = new TranscriptionRequestWriter();
    private final HttpHeaders chatHeaders; // all that are the same in each chat; copied
    private String chatModel = ""; // of the chat before
    private String chatTarget = "";

    UpstreamRequests(UpstreamEndpoint endpoint) {
        this.endpoint = endpoint;
        chatWriter = new ChatRequestWriter(endpoint.dialect());
        chatHeaders = headers(HttpHeaderValues.TEXT_EVENT_STREAM);
    }

    /** @return given: its owner releases it */
    CallRequest chat(ChatRequest request, ByteBufAllocator allocator) {
        // Direct and of about the final size: neither growing nor the socket copies 20 MB of speech again.
        ByteBuf body = allocator.directBuffer(expectedBytes(request));
        try {
            chatWriter.write(request, body);
            return post(
                    chatTarget(request.model()),
                    new DefaultHttpHeaders().set(chatHeaders),
                    HttpHeaderValues.APPLICATION_JSON,
                    body);
        } finally {
            body.release();
        }
    }

    /** Those who talk through one gateway mostly ask for the same model. */
    private String chatTarget(String model) {
        if (chatTarget.isEmpty() || !model.equals(chatModel)) {
            chatTarget = endpoint.target(Endpoint.CHAT, model);
            chatModel = model;
        }
        return chatTarget;
    }

    /** @return given: its owner releases it */
    CallRequest transcription(TranscriptionRequest request, ByteBufAllocator allocator) {
        ByteBuf body = allocator.directBuffer(
                ENVELOPE_BYTES + Wav.HEADER_BYTES + request.clip().bytes());
        try {
            String contentType = transcriptionWriter.write(request, body);
            return post(
                    endpoint.target(Endpoint.TRANSCRIPTIONS, request.model()),
                    headers(TRANSCRIPTION_TYPES),
                    contentType,
                    body);
        } finally {
            body.release();
        }
    }

    /** @return given: its owner releases it */
    CallRequest body(BodyRequest request, ByteBufAllocator allocator) {
        String target = endpoint.target(request.endpoint(), request.model());
        if (request.endpoint() == Endpoint.MODELS) {
            return new CallRequest(
                    HttpMethod.GET, target, headers(HttpHeaderValues.APPLICATION_JSON), Unpooled.EMPTY_BUFFER);
        }
        ByteBuf body = allocator.directBuffer();
        try {
            String contentType = request.write(request.model(), endpoint.dialect(), body);
            return post(target, headers(ANYTHING), contentType, body);
        } finally {
            body.release();
        }
    }

    private static CallRequest post(String target, HttpHeaders headers, CharSequence contentType, ByteBuf body) {
        headers.set(HttpHeaderNames.CONTENT_TYPE, contentType)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        return new CallRequest(HttpMethod.POST, target, headers, body.retain());
    }

    private HttpHeaders headers(CharSequence accept) {
        HttpHeaders headers = new DefaultHttpHeaders()
                .set(HttpHeaderNames.HOST, endpoint.server().hostHeader())
                .set(HttpHeaderNames.USER_AGENT, USER_AGENT)
                .set(HttpHeaderNames.ACCEPT, accept)
                .set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY);
        endpoint.credentials().addTo(headers);
        return headers;
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
