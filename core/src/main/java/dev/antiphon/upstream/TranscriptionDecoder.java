package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The response to a {@link TranscriptionRequest}, streamed or not, to a {@link TranscriptionListener}.
 *
 * <p>Threading: confined to its caller.
 */
public final class TranscriptionDecoder implements ResponseDecoder {
    private final TranscriptionListener out;
    private final ResponseReader response;
    private final TranscriptReader reader = new TranscriptReader();

    private @Nullable String transcript; // null: not complete
    private TranscriptionUsage usage = TranscriptionUsage.NONE;
    private boolean hasSaidAnything;

    /** @param maxEventBytes of one event, and of a whole answer that is not streamed */
    public TranscriptionDecoder(int maxEventBytes, TranscriptionRequest request, TranscriptionListener out) {
        this.out = out;
        ResponseReader.Asked asked =
                request.isStreamed() ? ResponseReader.Asked.EVENT_STREAM : ResponseReader.Asked.DOCUMENT;
        this.response = new ResponseReader(maxEventBytes, asked, new Transcript());
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
        return transcript != null;
    }

    @Override
    public boolean isTerminated() {
        return response.isTerminated();
    }

    private void end() {
        String whole = transcript;
        if (whole == null) {
            response.fail(response.truncated());
            return;
        }
        response.terminate();
        out.onCompleted(whole, usage);
    }

    /** Keeps these methods out of the public ones. */
    private final class Transcript implements ResponseReader.Content {
        @Override
        public boolean onEvent(byte[] array, int offset, int length) {
            try {
                reader.read(array, offset, length);
            } catch (IOException notJson) {
                return false;
            }
            if (reader.isError()) {
                response.fail(FaultReader.reported(array, offset, length, !hasSaidAnything));
                return true;
            }
            // What follows the whole of it adds nothing.
            if (transcript != null) return true;
            if (reader.isDone()) {
                transcript = reader.text();
                usage = reader.usage();
                return transcript != null;
            }
            String delta = reader.delta();
            if (delta != null && !delta.isEmpty()) {
                hasSaidAnything = true;
                out.onDelta(delta);
            }
            return true;
        }

        @Override
        public void onDone() {
            end();
        }

        @Override
        public void onStreamEnd() {
            end();
        }

        @Override
        public void onDocument(byte[] array, int offset, int length) {
            try {
                reader.read(array, offset, length);
            } catch (IOException notJson) {
                response.fail(Faults.invalid("the model answered with broken JSON"));
                return;
            }
            String text = reader.text();
            if (reader.isError()) {
                response.fail(FaultReader.reported(array, offset, length, true));
            } else if (text == null) {
                response.fail(Faults.invalid("the model answered with JSON that is neither a transcript nor an error"));
            } else {
                transcript = text;
                usage = reader.usage();
                end();
            }
        }

        @Override
        public void onFault(UpstreamFault fault) {
            out.onFault(fault);
        }

        @Override
        public boolean hasSaidAnything() {
            return hasSaidAnything;
        }
    }
}
