package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;

/**
 * Asks a server which models it has: a {@code GET}, which has no body.
 *
 * <p>Threading: immutable.
 */
public final class ModelsRequest implements BodyRequest {
    public static final ModelsRequest INSTANCE = new ModelsRequest();

    private ModelsRequest() {}

    @Override
    public Endpoint endpoint() {
        return Endpoint.MODELS;
    }

    /** All of them. */
    @Override
    public String model() {
        return "";
    }

    @Override
    public String write(String upstreamModel, Dialect dialect, ByteBuf out) {
        return "";
    }
}
