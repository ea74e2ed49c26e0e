package dev.antiphon.upstream;

import dev.antiphon.sse.SseDecoder;
import dev.antiphon.sse.SseListener;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP response of a streaming chat completion, head and body, to a {@link ReplyListener}. Whatever the bytes are,
 * the listener hears exactly one last call and no exception comes out of here but its own.
 *
 * <p>Threading: confined to its caller.
 */
public final class ReplyDecoder {
    private enum State {
        AWAITING_HEAD,
        /** Events, as asked for. */
        EVENT_STREAM,
        /** One JSON document with status 200: an error, or an answer by somebody who does not stream. */
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
    private final ReplyListener out;
    private final SseDecoder sse;
    private final Events events = new Events();
    private final DeltaParser deltas;

    private State state = State.AWAITING_HEAD;
    private int httpStatus;
    private int malformedEvents;
    private boolean hasEnded;
    private byte[] body = NOTHING;
    private int bodyBytes;

    /**
     * @param maxEventBytes of one event, and of a whole answer that is not streamed
     */
    public ReplyDecoder(int maxEventBytes, ReplyListener out) {
        this.maxEventBytes = maxEventBytes;
        this.out = out;
        this.sse = new SseDecoder(maxEventBytes, SseDecoder.UnfinishedEvent.DISPATCHED);
        this.deltas = new DeltaParser(out);
    }

    /** @param contentType null: the server sent none, which is taken for what was asked for */
    public void onHead(int httpStatus, @Nullable String contentType) {
        if (state != State.AWAITING_HEAD) return;
        this.httpStatus = httpStatus;
        String mediaType = contentType == null ? "text/event-stream" : mediaTypeOf(contentType);
        if (httpStatus < HTTP_OK || httpStatus >= 300) state = State.ERROR_BODY;
        else if (httpStatus != HTTP_OK) fail(Faults.unexpectedStatus(httpStatus));
        else if (mediaType.equals("text/event-stream")) state = State.EVENT_STREAM;
        else if (mediaType.endsWith("json")) state = State.DOCUMENT;
        else fail(Faults.invalid("the model answered with " + shortened(mediaType) + " (expected: text/event-stream)"));
    }

    /** @param bytes lent; all of it is consumed */
    public void onBody(ByteBuf bytes) {
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

    /** No byte will follow: the body ended, or the connection did. */
    public void onEnd() {
        hasEnded = true;
        switch (state) {
            case AWAITING_HEAD -> fail(Faults.truncated(0, "the model's server closed before it answered", true));
            case EVENT_STREAM -> endStream();
            case DOCUMENT -> readDocument();
            case ERROR_BODY -> fail(FaultReader.refused(httpStatus, body, 0, bodyBytes));
            case TERMINATED -> {}
        }
    }

    /** Whether the answer is complete by what was said, though {@code [DONE]} is still to come. */
    public boolean isComplete() {
        return deltas.isComplete();
    }

    /** Whether the listener has heard its last call. */
    public boolean isTerminated() {
        return state == State.TERMINATED;
    }

    private void endStream() {
        sse.end(events);
        if (state == State.TERMINATED) return;
        if (deltas.isComplete()) complete();
        else fail(truncated());
    }

    private void readDocument() {
        if (deltas.parse(body, 0, bodyBytes) == DeltaParser.Outcome.FAULT) {
            fail(deltas.fault());
        } else if (deltas.isComplete()) {
            complete();
        } else {
            fail(Faults.invalid("the model answered with JSON that is neither an answer nor an error"));
        }
    }

    private void takeEvent(String type, byte[] array, int offset, int length) {
        if (state == State.TERMINATED || length == 0) return;
        if (startsWithDone(array, offset, length)) {
            complete();
            return;
        }
        if (type.equals("error")) {
            fail(FaultReader.reported(array, offset, length, !deltas.hasSaidAnything()));
            return;
        }
        switch (deltas.parse(array, offset, length)) {
            case TAKEN -> {}
            case FAULT -> fail(deltas.fault());
            case MALFORMED -> takeMalformed();
        }
    }

    private void takeMalformed() {
        // The stream ended within this event: that is the fault, not what is left of the event.
        if (hasEnded) return;
        malformedEvents++;
        if (malformedEvents > MAX_MALFORMED_EVENTS) fail(Faults.invalid("the model sent broken JSON twice"));
    }

    private void complete() {
        terminate();
        out.onCompleted();
    }

    private void fail(@Nullable UpstreamFault fault) {
        terminate();
        out.onFault(fault == null ? truncated() : fault);
    }

    private void terminate() {
        state = State.TERMINATED;
        body = NOTHING;
        bodyBytes = 0;
    }

    private UpstreamFault truncated() {
        String message = "the model's answer broke off before it was complete";
        return Faults.truncated(httpStatus, message, !deltas.hasSaidAnything());
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

    /** Keeps the listener's methods out of the public ones. */
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
