package dev.antiphon.server.rest;

import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.session.ClientFault;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests to one path: a POST with a body of JSON, answered with JSON, at once.
 *
 * <p>Threading: thread-safe; called on event loops, must not block.
 */
@FunctionalInterface
interface Route {
    /**
     * Answers a request that was admitted.
     *
     * @param client whose key it came with
     * @param body UTF-8; lent
     * @param answer lent; the JSON of an answer of 200 is appended
     * @return why there is no answer; null: it has been appended
     * @throws ClientFault the body is at fault: an answer of 400
     */
    @Nullable
    Refusal answer(String client, ByteBuf body, ByteBuf answer);
}
