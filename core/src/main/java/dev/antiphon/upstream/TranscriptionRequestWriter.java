package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Writes a {@link TranscriptionRequest} as a form, the clip as a WAV file.
 *
 * <p>Threading: confined to its caller.
 */
public final class TranscriptionRequestWriter {
    private final FormWriter form;

    public TranscriptionRequestWriter() {
        form = new FormWriter();
    }

    /** @param random chooses boundaries */
    TranscriptionRequestWriter(SplittableRandom random) {
        form = new FormWriter(random);
    }

    /**
     * Appends the body.
     *
     * @param out lent
     * @return the {@code Content-Type}, which names the boundary
     */
    public String write(TranscriptionRequest request, ByteBuf out) {
        return form.write(partsOf(request), out);
    }

    private static List<FormPart> partsOf(TranscriptionRequest request) {
        List<FormPart> parts = new ArrayList<>();
        parts.add(new FormPart.Field("model", request.model()));
        if (request.language() != null) parts.add(new FormPart.Field("language", request.language()));
        if (request.prompt() != null) parts.add(new FormPart.Field("prompt", request.prompt()));
        parts.add(new FormPart.Field("response_format", "json"));
        if (request.isStreamed()) parts.add(new FormPart.Field("stream", "true"));
        parts.add(FormPart.File.wav(request.clip()));
        return parts;
    }
}
