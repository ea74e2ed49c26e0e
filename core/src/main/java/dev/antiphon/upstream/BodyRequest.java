package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;

/**
 * A request whose answer is handed on as the bytes it is: speech, a transcript in any format, a whole chat completion.
 *
 * <p>Threading: immutable; {@link #write} may be called again for another server.
 */
public interface BodyRequest {
    Endpoint endpoint();

    /** As the caller names it. */
    String model();

    /**
     * Writes the body.
     *
     * @param upstreamModel what the server calls the model
     * @param out lent; the body is appended
     * @return its {@code Content-Type}
     */
    String write(String upstreamModel, Dialect dialect, ByteBuf out);
}
