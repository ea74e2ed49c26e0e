package dev.antiphon.server.rest;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request that was admitted.
 *
 * <p>Threading: immutable.
 *
 * @param id ours, which the answer names in {@code x-request-id}
 * @param client whose key it came with, as it may stand in a log
 * @param path as it is written, without the query
 * @param query decoded
 * @param loop of the connection, where everything about this request happens
 */
public record RestRequest(
        String id, String client, String path, Map<String, List<String>> query, Media media, EventLoop loop) {
    public RestRequest {
        query = Map.copyOf(query);
    }

    /**
     * What comes and what is wanted.
     *
     * @param contentType with its parameters; empty: not said
     * @param accept empty: not said
     */
    public record Media(String contentType, String accept) {}

    /** @return the first of that name; null: there is none */
    public @Nullable String parameter(String name) {
        List<String> values = query.getOrDefault(name, List.of());
        return values.isEmpty() ? null : values.get(0);
    }
}
