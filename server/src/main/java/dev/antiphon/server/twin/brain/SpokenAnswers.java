package dev.antiphon.server.twin.brain;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The spoken answers that a later request may quote by their audio id, each for a limited time. The oldest is forgotten
 * when there are too many.
 *
 * <p>Threading: thread-safe.
 */
public final class SpokenAnswers {
    /** A day of short turns of a busy twin; an answer takes a few hundred bytes. */
    private static final int MAX_ANSWERS = 65_536;

    /** @param audioTokens 20 for each second of speech */
    public record SpokenAnswer(String transcript, int audioTokens, long expiresAtUnixSeconds) {}

    private final Map<String, SpokenAnswer> byAudioId = new LinkedHashMap<>();

    public synchronized void remember(String audioId, SpokenAnswer answer, long nowUnixSeconds) {
        forgetExpired(nowUnixSeconds);
        byAudioId.put(audioId, answer);
    }

    /** Null: never heard of, or expired. */
    public synchronized @Nullable SpokenAnswer find(String audioId, long nowUnixSeconds) {
        SpokenAnswer answer = byAudioId.get(audioId);
        return answer == null || answer.expiresAtUnixSeconds() <= nowUnixSeconds ? null : answer;
    }

    /** All live equally long, so the oldest expire first. */
    private void forgetExpired(long nowUnixSeconds) {
        Iterator<SpokenAnswer> oldestFirst = byAudioId.values().iterator();
        while (oldestFirst.hasNext()) {
            boolean isExpired = oldestFirst.next().expiresAtUnixSeconds() <= nowUnixSeconds;
            if (!isExpired && byAudioId.size() < MAX_ANSWERS) return;
            oldestFirst.remove();
        }
    }
}
