package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The response to a streaming chat completion, to a {@link ReplyListener}.
 *
 * <p>Threading: confined to its caller.
 */
public final class ReplyDecoder implements ResponseDecoder {
    private final ReplyListener out;
    private final ResponseReader response;
    private final DeltaParser deltas;

    /** In the dialect of OpenAI. */
    public ReplyDecoder(int maxEventBytes, ReplyListener out) {
        this(maxEventBytes, Dialect.OPENAI, true, out);
    }

    /**
     * @param maxEventBytes of one event, and of a whole answer that is not streamed
     * @param isAskedAloud whether the request asked for speech
     */
    public ReplyDecoder(int maxEventBytes, Dialect dialect, boolean isAskedAloud, ReplyListener out) {
        this(maxEventBytes, dialect, isAskedAloud, true, out);
    }

    /** @param remembers false: every event is parsed, though it is like one before it */
    ReplyDecoder(int maxEventBytes, Dialect dialect, boolean isAskedAloud, boolean remembers, ReplyListener out) {
        this.out = out;
        this.response = new ResponseReader(maxEventBytes, ResponseReader.Asked.EVENT_STREAM, new Reply());
        this.deltas = new DeltaParser(dialect.answer(), isAskedAloud, remembers, out);
    }

    @Override
    public void onHead(int httpStatus, @Nullable String contentType) {
        response.onHead(httpStatus, contentType);
    }

    @Override
    public void onBody(ByteBuf bytes) {
        response.onBody(bytes);
    }

    @Override
    public void onEnd() {
        response.onEnd();
    }

    @Override
    public boolean isComplete() {
        return deltas.isComplete();
    }

    @Override
    public boolean isTerminated() {
        return response.isTerminated();
    }

    @Override
    public boolean hasSound() {
        return deltas.hasSound();
    }

    private void complete() {
        UpstreamFault fault = deltas.end();
        if (fault != null) {
            response.fail(fault);
            return;
        }
        response.terminate();
        out.onCompleted();
    }

    private void failParsed() {
        UpstreamFault fault = deltas.fault();
        response.fail(fault == null ? response.truncated() : fault);
    }

    /** Keeps these methods out of the public ones. */
    private final class Reply implements ResponseReader.Content {
        @Override
        public boolean onEvent(byte[] array, int offset, int length) {
            DeltaParser.Outcome outcome = deltas.parse(array, offset, length);
            if (outcome == DeltaParser.Outcome.FAULT) failParsed();
            return outcome != DeltaParser.Outcome.MALFORMED;
        }

        @Override
        public void onDone() {
            complete();
        }

        @Override
        public void onStreamEnd() {
            if (deltas.mayEnd()) complete();
            else response.fail(response.truncated());
        }

        @Override
        public void onDocument(byte[] array, int offset, int length) {
            if (deltas.parse(array, offset, length) == DeltaParser.Outcome.FAULT) {
                failParsed();
            } else if (deltas.mayEnd()) {
                complete();
            } else {
                response.fail(Faults.invalid("the model answered with JSON that is neither an answer nor an error"));
            }
        }

        @Override
        public void onFault(UpstreamFault fault) {
            out.onFault(fault);
        }

        @Override
        public boolean hasSaidAnything() {
            return deltas.hasSaidAnything();
        }
    }
}
