package dev.antiphon.server.overload;

import java.util.concurrent.TimeUnit;

/**
 * What share of its time a loop works for sessions, and what share it will once those speak who have come in but not
 * spoken yet.
 *
 * <p>What a session costs is what all that have spoken cost together, divided by their number; both are means of the last
 * seconds, so that neither runs ahead of the other. It is remembered when they have gone. A guest who stays silent is
 * reckoned with less as time passes: of a crowd that comes to speak nobody waits long, and devices that only keep a
 * connection open are not to keep others out.
 *
 * <pre>
 *  forecast = worked share + cost of one * (those who have just begun to speak + those who are still expected to)
 * </pre>
 *
 * <p>Threading: confined to the event loop.
 */
final class LoopLoad {
    static final long HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** After so long half of the guests who have not spoken are expected to any more. */
    static final long EXPECTATION_HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(50); // between two measurements

    private final int fewSpeakers;

    private boolean isMeasuring;
    private long measuredNanos; // when last
    private long workedNanos; // until then
    private double share; // mean
    private double speakersMean;
    private double costOfOne; // share; 0: not known yet

    private int speakers;
    private double expected; // guests who have not spoken, each by how likely it still is; as of expectedNanos
    private long expectedNanos;

    /** @param fewSpeakers so many must speak before one's cost is told from theirs */
    LoopLoad(int fewSpeakers) {
        this.fewSpeakers = fewSpeakers;
    }

    /** Measuring begins, or goes on after a time in which there was nothing to measure. */
    void resume(long nowNanos, long workedNanos) {
        isMeasuring = true;
        measuredNanos = nowNanos;
        this.workedNanos = workedNanos;
        share = 0;
        speakersMean = 0;
    }

    /** Nothing is known of the loop's work from now on. */
    void suspend() {
        isMeasuring = false;
        share = 0;
        speakersMean = 0;
    }

    boolean isMeasuring() {
        return isMeasuring;
    }

    boolean isDue(long nowNanos) {
        return isMeasuring && nowNanos - measuredNanos >= SHORTEST_NANOS;
    }

    /** @param workedNanos for how long the loop has ever worked for sessions */
    void onMeasured(long nowNanos, long workedNanos) {
        long passedNanos = nowNanos - measuredNanos;
        if (passedNanos <= 0) return;
        double latest = Math.max(0, Math.min(1, (double) (workedNanos - this.workedNanos) / passedNanos));
        double kept = Math.pow(0.5, (double) passedNanos / HALF_LIFE_NANOS);
        share = latest + (share - latest) * kept;
        speakersMean = speakers + (speakersMean - speakers) * kept;
        measuredNanos = nowNanos;
        this.workedNanos = workedNanos;
        if (speakersMean >= fewSpeakers) costOfOne = share / speakersMean;
    }

    /** A session has been opened; it has not spoken yet. */
    void onOpened(long nowNanos) {
        expected = expectedAt(nowNanos) + 1;
        expectedNanos = nowNanos;
    }

    /** A session that was opened at a moment will not be one of those who have not spoken any more. */
    void onNoLongerSilent(long openedNanos, long nowNanos) {
        expected = Math.max(0, expectedAt(nowNanos) - likelihoodAfter(nowNanos - openedNanos));
        expectedNanos = nowNanos;
    }

    void onSpeaking() {
        speakers++;
    }

    void onSpeakerLeft() {
        speakers--;
    }

    /** The share of its time that the loop works for sessions. */
    double share() {
        return share;
    }

    /** What the share will be once those speak who are expected to; it may exceed 1. */
    double forecast(long nowNanos) {
        return isMeasuring ? share + costOfOne * (Math.max(0, speakers - speakersMean) + expectedAt(nowNanos)) : 0;
    }

    private double expectedAt(long nowNanos) {
        return expected == 0 ? 0 : expected * likelihoodAfter(nowNanos - expectedNanos);
    }

    private static double likelihoodAfter(long silentNanos) {
        return Math.pow(0.5, (double) silentNanos / EXPECTATION_HALF_LIFE_NANOS);
    }
}
