package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * A request that is a form, passed on field by field: whatever a client asks of a transcript, known here or not.
 *
 * <p>Threading: immutable.
 *
 * @param parts in the order in which they are written; the field {@code model} says what the server calls the model
 */
public record FormRequest(Endpoint endpoint, String model, List<FormPart> parts) implements BodyRequest {
    private static final int ENVELOPE_BYTES = 1 << 10;

    public FormRequest {
        parts = List.copyOf(parts);
    }

    @Override
    public String write(String upstreamModel, Dialect dialect, ByteBuf out) {
        List<FormPart> renamed = parts.stream()
                .map(part ->
                        part instanceof FormPart.Field field && field.name().equals("model")
                                ? new FormPart.Field("model", upstreamModel)
                                : part)
                .toList();
        // At once: a file of megabytes is not copied again and again while the buffer grows.
        for (FormPart part : parts) {
            if (part instanceof FormPart.File file)
                out.ensureWritable(ENVELOPE_BYTES + file.content().bytes());
        }
        return new FormWriter().write(renamed, out);
    }
}
