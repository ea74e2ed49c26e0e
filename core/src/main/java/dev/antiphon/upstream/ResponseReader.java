package dev.antiphon.upstream;

import dev.antiphon.sse.SseDecoder;
import dev.antiphon.sse.SseListener;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Sorts the bytes of one HTTP response by its head: events of a stream, one JSON document, or a refusal.
 *
 * <p>Threading: confined to its caller.
 */
final class ResponseReader {
    /** What is made of it. Nothing is called after {@link #terminate}. */
    interface Content {
        /**
         * One event that is neither empty nor {@code [DONE]}.
         *
         * @param array lent until return, and only the range
         * @return false: not one JSON object of a kind that can be understood
         */
        boolean onEvent(byte[] array, int offset, int length);

        /** {@code [DONE]}. */
        void onDone();

        /** The stream ended without {@code [DONE]}. */
        void onStreamEnd();

        /** All of a JSON document with status 200: an error, or an answer that is not streamed. */
        void onDocument(byte[] array, int offset, int length);

        void onFault(UpstreamFault fault);

        /** Whether the listener has heard anything of the answer itself. */
        boolean hasSaidAnything();
    }

    /** What is taken for the type of a response that names none. */
    enum Asked {
        EVENT_STREAM,
        DOCUMENT
    }

    private enum State {
        AWAITING_HEAD,
        EVENT_STREAM,
        DOCUMENT,
        /** A status of 300 or more: the body says why. */
        ERROR_BODY,
        TERMINATED
    }

    private static final int HTTP_OK = 200;
    private static final int MAX_ERROR_BODY_BYTES = 64 * 1024;
    private static final byte[] NOTHING = {};
    /** {@code data: [DONE]}, and whatever some servers put behind it. */
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
    /** F16: one broken event may be bad luck. */
    private static final int MAX_MALFORMED_EVENTS = 1;

    private final int maxEventBytes;
    private final Asked asked;
    private final Content out;
    private final SseDecoder sse;
    private final Events events = new Events();

    private State state = State.AWAITING_HEAD;
    private int httpStatus;
    private int malformedEvents;
    private boolean hasEnded;
    private byte[] body = NOTHING;
    private int bodyBytes;

    /** @param maxEventBytes of one event, and of a whole answer that is not streamed */
    ResponseReader(int maxEventBytes, Asked asked, Content out) {
        this.maxEventBytes = maxEventBytes;
        this.asked = asked;
        this.out = out;
        this.sse = new SseDecoder(maxEventBytes, SseDecoder.UnfinishedEvent.DISPATCHED);
    }

    /** @param contentType null: none was sent */
    void onHead(int newHttpStatus, @Nullable String contentType) {
        if (state != State.AWAITING_HEAD) return;
        httpStatus = newHttpStatus;
        if (httpStatus < HTTP_OK || httpStatus >= 300) state = State.ERROR_BODY;
        else if (httpStatus != HTTP_OK) fail(Faults.unexpectedStatus(httpStatus));
        else if (contentType == null) state = asked == Asked.DOCUMENT ? State.DOCUMENT : State.EVENT_STREAM;
        else takeMediaType(mediaTypeOf(contentType));
    }

    /** @param bytes lent; all of it is consumed */
    void onBody(ByteBuf bytes) {
        switch (state) {
            case EVENT_STREAM -> sse.feed(bytes, events);
            case DOCUMENT -> {
                keepBody(bytes, maxEventBytes);
                if (bytes.isReadable()) fail(oversized());
            }
            case ERROR_BODY -> keepBody(bytes, MAX_ERROR_BODY_BYTES);
            case AWAITING_HEAD, TERMINATED -> {}
        }
        bytes.skipBytes(bytes.readableBytes());
    }

    /** No byte will follow. */
    void onEnd() {
        hasEnded = true;
        switch (state) {
            case AWAITING_HEAD -> fail(Faults.truncated(0, "the model's server closed before it answered", true));
            case EVENT_STREAM -> {
                sse.end(events);
                if (state != State.TERMINATED) out.onStreamEnd();
            }
            case DOCUMENT -> out.onDocument(body, 0, bodyBytes);
            case ERROR_BODY -> fail(FaultReader.refused(httpStatus, body, 0, bodyBytes));
            case TERMINATED -> {}
        }
    }

    boolean isTerminated() {
        return state == State.TERMINATED;
    }

    /** Nothing more is read. */
    void terminate() {
        state = State.TERMINATED;
        body = NOTHING;
        bodyBytes = 0;
    }

    /** The last call the listener hears. */
    void fail(UpstreamFault fault) {
        terminate();
        out.onFault(fault);
    }

    UpstreamFault truncated() {
        String message = "the model's answer broke off before it was complete";
        return Faults.truncated(httpStatus, message, !out.hasSaidAnything());
    }

    private void takeMediaType(String mediaType) {
        if (mediaType.equals("text/event-stream")) {
            state = State.EVENT_STREAM;
        } else if (mediaType.endsWith("json")) {
            state = State.DOCUMENT;
        } else {
            String expected = asked == Asked.DOCUMENT ? "application/json" : "text/event-stream";
            fail(Faults.invalid("the model answered with " + shortened(mediaType) + " (expected: " + expected + ")"));
        }
    }

    private void takeEvent(String type, byte[] array, int offset, int length) {
        if (state == State.TERMINATED || length == 0) return;
        if (startsWithDone(array, offset, length)) out.onDone();
        else if (type.equals("error")) fail(FaultReader.reported(array, offset, length, !out.hasSaidAnything()));
        else if (!out.onEvent(array, offset, length)) takeMalformed();
    }

    private void takeMalformed() {
        // The stream ended within this event: that is the fault, not what is left of the event.
        if (hasEnded) return;
        malformedEvents++;
        if (malformedEvents > MAX_MALFORMED_EVENTS) fail(Faults.invalid("the model sent broken JSON twice"));
    }

    private UpstreamFault oversized() {
        return Faults.invalid("the model sent an event of more than " + maxEventBytes + " bytes");
    }

    private void keepBody(ByteBuf bytes, int maxBytes) {
        int taken = Math.min(bytes.readableBytes(), maxBytes - bodyBytes);
        int needed = bodyBytes + taken;
        if (needed > body.length) body = Arrays.copyOf(body, Math.min(maxBytes, Math.max(needed, body.length * 2)));
        bytes.readBytes(body, bodyBytes, taken);
        bodyBytes = needed;
    }

    private static boolean startsWithDone(byte[] array, int offset, int length) {
        return length >= DONE.length && Arrays.equals(array, offset, offset + DONE.length, DONE, 0, DONE.length);
    }

    private static String mediaTypeOf(String contentType) {
        int parameters = contentType.indexOf(';');
        String mediaType = parameters < 0 ? contentType : contentType.substring(0, parameters);
        return mediaType.trim().toLowerCase(Locale.ROOT);
    }

    private static String shortened(String mediaType) {
        return Secrets.mask(mediaType.length() > 60 ? mediaType.substring(0, 60) : mediaType);
    }

    private final class Events implements SseListener {
        @Override
        public void onEvent(String type, byte[] array, int offset, int length) {
            takeEvent(type, array, offset, length);
        }

        @Override
        public void onOversized(int maxEventBytes) {
            if (state != State.TERMINATED) fail(oversized());
        }
    }
}
