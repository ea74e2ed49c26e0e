package dev.antiphon.playout;

import dev.antiphon.audio.AudioFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The account of all spoken output of a session, from which truncation, history, cost and latency derive: what the model
 * generated, what was sent, what was heard.
 *
 * <p>Threading: confined to the session's event loop.
 */
public final class Ledger {
    private final AudioFormat format;
    private final PlayoutClock playout;
    private final Map<String, LedgerEntry> entries = new HashMap<>();
    private final List<LedgerEntry> inOrderOfSending = new ArrayList<>();

    /** @param format whose samples are counted: of what the client plays, after a change of speed or format */
    public Ledger(AudioFormat format) {
        this.format = format;
        this.playout = new PlayoutClock(format);
    }

    /** An item that is played at the model's own speed. */
    public LedgerEntry open(String itemId) {
        return open(itemId, 1);
    }

    /** @param speedRatio 2: the client plays what the model said in half the time */
    public LedgerEntry open(String itemId, double speedRatio) {
        LedgerEntry entry = new LedgerEntry(format, speedRatio);
        if (entries.putIfAbsent(itemId, entry) != null) {
            throw new IllegalStateException("ledger: " + itemId + " is open already (expected: one entry an item)");
        }
        inOrderOfSending.add(entry);
        return entry;
    }

    /** The account of an item; null: it has none, it was never spoken. */
    public @Nullable LedgerEntry find(String itemId) {
        return entries.get(itemId);
    }

    public void onSent(LedgerEntry entry, long samples, long nowNanos) {
        entry.onSent(samples);
        playout.onSent(samples, nowNanos);
    }

    /** Whether the client has been sent any audio at all. */
    public boolean hasSent() {
        for (LedgerEntry entry : inOrderOfSending) {
            if (entry.sentSamples() > 0) return true;
        }
        return false;
    }

    /** When the last sample sent so far will have been played by a client that plays as it receives. */
    public long playoutEndNanos() {
        return playout.endNanos();
    }

    /** Whether a client that plays as it receives still has something to play. */
    public boolean isPlaying(long nowNanos) {
        return playout.unplayedSamples(nowNanos) > 0;
    }

    /**
     * The person speaks into the answer and the client stops playing. What it cannot have played by now was not heard,
     * unless the client says otherwise later.
     */
    public void onInterrupted(long nowNanos) {
        long unplayed = playout.unplayedSamples(nowNanos);
        for (int i = inOrderOfSending.size() - 1; i >= 0 && unplayed > 0; i--) {
            LedgerEntry entry = inOrderOfSending.get(i);
            long heard = Math.max(0, entry.sentSamples() - unplayed);
            unplayed -= entry.sentSamples() - heard;
            entry.estimateHeard(heard);
        }
        playout.onFlushed(nowNanos);
    }
}
