package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The response to a {@link BodyRequest}, handed on as it comes; a refusal becomes a fault.
 *
 * <p>Threading: confined to its caller.
 */
public final class BodyDecoder implements ResponseDecoder {
    private static final int HTTP_OK = 200;
    private static final int FIRST_ERROR_STATUS = 300;
    /** Of a refusal, which is never read as a stream of events. */
    private static final int MAX_EVENT_BYTES = 1;

    private final BodyListener out;
    private final ResponseReader refusal;
    private boolean isRefused;
    private boolean isTerminated;

    public BodyDecoder(BodyListener out) {
        this.out = out;
        refusal = new ResponseReader(MAX_EVENT_BYTES, ResponseReader.Asked.DOCUMENT, new Refusal());
    }

    @Override
    public void onHead(int httpStatus, @Nullable String contentType) {
        if (httpStatus == HTTP_OK) {
            out.onHead(contentType == null ? "" : contentType);
        } else if (httpStatus < FIRST_ERROR_STATUS) {
            isTerminated = true;
            out.onFault(Faults.unexpectedStatus(httpStatus));
        } else {
            isRefused = true;
            refusal.onHead(httpStatus, contentType);
        }
    }

    @Override
    public void onBody(ByteBuf bytes) {
        if (isRefused) refusal.onBody(bytes);
        else if (!isTerminated && bytes.isReadable()) out.onBody(bytes);
        bytes.skipBytes(bytes.readableBytes());
    }

    @Override
    public void onEnd() {
        if (isRefused) {
            refusal.onEnd();
        } else if (!isTerminated) {
            isTerminated = true;
            out.onCompleted();
        }
    }

    @Override
    public void onCut() {
        if (isRefused) {
            refusal.onEnd();
        } else if (!isTerminated) {
            isTerminated = true;
            out.onFault(Faults.truncated(HTTP_OK, "the model's answer ended before it was whole", false));
        }
    }

    /** Only the end of the HTTP message says so. */
    @Override
    public boolean isComplete() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return isTerminated;
    }

    /** The body of a status of 300 or more. */
    private final class Refusal implements ResponseReader.Content {
        @Override
        public boolean onEvent(byte[] array, int offset, int length) {
            return true;
        }

        @Override
        public void onDone() {}

        @Override
        public void onStreamEnd() {}

        @Override
        public void onDocument(byte[] array, int offset, int length) {}

        @Override
        public void onFault(UpstreamFault fault) {
            isTerminated = true;
            out.onFault(fault);
        }

        @Override
        public boolean hasSaidAnything() {
            return false;
        }
    }
}
