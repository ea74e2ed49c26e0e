package dev.antiphon.server.rest;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * How many requests of each client are being answered, and no more than are allowed.
 *
 * <p>Threading: thread-safe.
 */
final class RequestsUnderWay {
    private final int maxPerClient;
    private final ConcurrentMap<String, Integer> byClient = new ConcurrentHashMap<>();

    RequestsUnderWay(int maxPerClient) {
        this.maxPerClient = maxPerClient;
    }

    /** @return false: there are too many, and this one is not counted */
    boolean tryBegin(String client) {
        boolean[] isAdmitted = new boolean[1];
        byClient.compute(client, (key, count) -> {
            int before = count == null ? 0 : count;
            isAdmitted[0] = before < maxPerClient;
            return isAdmitted[0] ? Integer.valueOf(before + 1) : count;
        });
        return isAdmitted[0];
    }

    void end(String client) {
        byClient.computeIfPresent(client, (key, count) -> count == 1 ? null : count - 1);
    }
}
