package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The response to a {@link SpeechRequest} whose form is {@code sse}, to a {@link SpeechListener}.
 *
 * <p>Threading: confined to its caller.
 */
public final class SpeechDecoder implements ResponseDecoder {
    private final SpeechListener out;
    private final ResponseReader response;
    private final SpeechEventReader reader = new SpeechEventReader();
    private final JsonBase64 base64 = new JsonBase64();

    private @Nullable SpeechUsage usage; // null: not complete
    private boolean hasSaidAnything;

    /** @param maxEventBytes of one event */
    public SpeechDecoder(int maxEventBytes, SpeechListener out) {
        this.out = out;
        this.response = new ResponseReader(maxEventBytes, ResponseReader.Asked.EVENT_STREAM, new Speech());
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
        return usage != null;
    }

    @Override
    public boolean isTerminated() {
        return response.isTerminated();
    }

    private void end() {
        SpeechUsage told = usage;
        if (told == null) {
            response.fail(response.truncated());
            return;
        }
        response.terminate();
        out.onCompleted(told);
    }

    /** @return false: this is no base64 */
    private boolean tellSound(byte[] array, int from, int to) {
        ByteBuf sound = ByteBufAllocator.DEFAULT.buffer(JsonBase64.mostBytes(from, to));
        try {
            if (!base64.decode(array, from, to, sound)) return false;
            if (sound.isReadable()) {
                hasSaidAnything = true;
                out.onSound(sound);
            }
            return true;
        } finally {
            sound.release();
        }
    }

    /** Keeps these methods out of the public ones. */
    private final class Speech implements ResponseReader.Content {
        @Override
        public boolean onEvent(byte[] array, int offset, int length) {
            try {
                reader.read(array, offset, length);
            } catch (IOException notJson) {
                return false;
            }
            if (reader.isError()) {
                response.fail(FaultReader.reported(array, offset, length, !hasSaidAnything));
            } else if (reader.isDone()) {
                usage = reader.usage();
            } else if (reader.hasAudio() && !tellSound(array, reader.audioStart(), reader.audioEnd())) {
                response.fail(Faults.invalid("the model's audio is not base64"));
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

        /** JSON with status 200 where sound was asked for can only be a complaint. */
        @Override
        public void onDocument(byte[] array, int offset, int length) {
            response.fail(FaultReader.reported(array, offset, length, true));
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
