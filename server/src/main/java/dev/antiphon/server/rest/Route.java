package dev.antiphon.server.rest;

import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * What is answered at one path, and what of a body it takes.
 *
 * <p>Threading: immutable.
 *
 * @param mimeType of a body; null: there is none
 * @param maxBodyBytes counted as it is read
 * @param bodyMillis from the head to the last byte of the body
 * @param opener called for each request that was admitted
 */
public record Route(HttpMethod method, @Nullable String mimeType, long maxBodyBytes, long bodyMillis, Opener opener) {
    private static final String JSON = "application/json";
    private static final long BODY_MILLIS = 10_000;

    /** A GET has no body. */
    public static Route get(Opener opener) {
        return new Route(HttpMethod.GET, null, 0, BODY_MILLIS, opener);
    }

    /** A POST of JSON. */
    public static Route json(long maxBodyBytes, long bodyMillis, Opener opener) {
        return new Route(HttpMethod.POST, JSON, maxBodyBytes, bodyMillis, opener);
    }

    /** A POST of something else. */
    public static Route post(String mimeType, long maxBodyBytes, long bodyMillis, Opener opener) {
        return new Route(HttpMethod.POST, mimeType, maxBodyBytes, bodyMillis, opener);
    }

    /**
     * Begins to answer.
     *
     * <p>Threading: thread-safe; called on event loops, must not block.
     */
    @FunctionalInterface
    public interface Opener {
        /**
         * @param answer may be given at once, which ends the connection if there is a body still to come
         * @return where the body goes
         * @throws dev.antiphon.session.ClientFault the head is at fault: an answer of 400
         */
        BodySink open(RestRequest request, RestAnswer answer);
    }
}
