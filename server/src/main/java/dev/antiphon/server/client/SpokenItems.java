package dev.antiphon.server.client;

import dev.antiphon.audio.AudioFormat;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The replies that a client may still be playing, oldest first, and where each was cut when the person interrupted.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class SpokenItems {
    /** How far a player may lag behind one that plays as it receives: so long a reply can still be cut. */
    static final long PLAYER_LAG_MILLIS = 500;
    /** How long after a cut the client may say what had been heard; later it knows no better than our clock. */
    static final long ANSWER_MILLIS = 250;

    /**
     * A reply that was cut.
     *
     * @param heardMillis of it, by our clock or by the client's word if that is more
     * @param isHeardWhole all that there is of it
     */
    record Cut(String itemId, long heardMillis, boolean isHeardWhole) {}

    /** A reply in flight. */
    private static final class Spoken {
        final String itemId;
        long samples; // given out to be sent
        long playedMillis; // the client's word
        boolean hasEnded;

        Spoken(String itemId) {
            this.itemId = itemId;
        }
    }

    private final AudioFormat format;
    private final Deque<Spoken> inFlight = new ArrayDeque<>();
    private Set<String> cutItems = Set.of(); // of the last cut
    private long cutNanos; // when that was

    /** @param format what the client plays */
    SpokenItems(AudioFormat format) {
        this.format = format;
    }

    /** @param unplayedSamples of all that was given out */
    void begin(String itemId, long unplayedSamples) {
        forgetPlayed(unplayedSamples);
        inFlight.add(new Spoken(itemId));
    }

    /** @return false: the item has been cut, nothing of it may follow */
    boolean isInFlight(String itemId) {
        return find(itemId) != null;
    }

    void onAudio(String itemId, long samples) {
        Spoken spoken = find(itemId);
        if (spoken != null) spoken.samples += samples;
    }

    /** @return all audio of the item, in milliseconds */
    long end(String itemId) {
        Spoken spoken = find(itemId);
        if (spoken == null) return 0;
        spoken.hasEnded = true;
        return format.millisOf(spoken.samples);
    }

    /** The client has played so much of it. */
    void onPlayed(String itemId, long millis) {
        Spoken spoken = find(itemId);
        if (spoken != null) spoken.playedMillis = Math.max(spoken.playedMillis, millis);
    }

    /** The client has played all of it. */
    void onPlayedWhole(String itemId) {
        inFlight.removeIf(spoken -> spoken.hasEnded && spoken.itemId.equals(itemId));
    }

    /**
     * Cuts all that is in flight.
     *
     * @param unplayedSamples of all that was given out
     * @param playedAtNanos when a player that plays as it receives has played all that was sent
     * @return what was cut, oldest first
     */
    List<Cut> cut(long unplayedSamples, long playedAtNanos, long nowNanos) {
        forgetPlayed(unplayedSamples);
        Spoken last = inFlight.peekLast();
        boolean isOver = last != null
                && last.hasEnded
                && unplayedSamples == 0
                && nowNanos - playedAtNanos >= TimeUnit.MILLISECONDS.toNanos(PLAYER_LAG_MILLIS);
        if (last == null || isOver) {
            inFlight.clear();
            return List.of();
        }
        List<Cut> cuts = new ArrayList<>(inFlight.size());
        long unplayed = unplayedSamples;
        for (Iterator<Spoken> newestFirst = inFlight.descendingIterator(); newestFirst.hasNext(); ) {
            Spoken spoken = newestFirst.next();
            long unplayedOfIt = Math.min(unplayed, spoken.samples);
            unplayed -= unplayedOfIt;
            cuts.add(0, cutOf(spoken, unplayedOfIt));
        }
        inFlight.clear();
        cutItems = cuts.stream().map(Cut::itemId).collect(Collectors.toSet());
        cutNanos = nowNanos;
        return cuts;
    }

    private Cut cutOf(Spoken spoken, long unplayedSamples) {
        long all = format.millisOf(spoken.samples);
        long byClock = format.millisOf(spoken.samples - unplayedSamples);
        long heard = Math.max(byClock, Math.min(spoken.playedMillis, all));
        return new Cut(spoken.itemId, heard, spoken.hasEnded && heard == all);
    }

    /** Whether the client's word on what was heard of a cut item comes in time to count. */
    boolean isWordInTime(String itemId, long nowNanos) {
        return cutItems.contains(itemId) && nowNanos - cutNanos <= TimeUnit.MILLISECONDS.toNanos(ANSWER_MILLIS);
    }

    /** All but the last: whether that is still played is asked when it matters. */
    private void forgetPlayed(long unplayedSamples) {
        long samplesBehind =
                inFlight.stream().mapToLong(spoken -> spoken.samples).sum();
        while (inFlight.size() > 1) {
            Spoken oldest = inFlight.element();
            samplesBehind -= oldest.samples;
            if (!oldest.hasEnded || samplesBehind < unplayedSamples) return;
            inFlight.remove();
        }
    }

    private @Nullable Spoken find(String itemId) {
        for (Spoken spoken : inFlight) {
            if (spoken.itemId.equals(itemId)) return spoken;
        }
        return null;
    }
}
