package dev.antiphon.server.stages;

import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.TurnObserver;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Counts each {@link Share} of the turns that end, in nanoseconds.
 *
 * <p>Threading: observed on event loops, without a wait; {@link #take} by one thread at a time.
 */
final class ShareRecorder implements TurnObserver {
    private static final long FINEST_NANOS = 100;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int DIGITS = 2;

    private final Map<Share, Recorder> recorders = new EnumMap<>(Share.class);
    private final Map<Share, Histogram> taken = new EnumMap<>(Share.class); // to be used again

    ShareRecorder() {
        for (Share share : Share.values()) recorders.put(share, new Recorder(FINEST_NANOS, LONGEST_NANOS, DIGITS));
    }

    @Override
    public void onTurnEnded(ResponseSnapshot response, TurnTimeline timeline) {
        record(Share.REQUEST, timeline);
        record(Share.FIRST_AUDIO, timeline);
    }

    @Override
    public void onCancelFlushed(TurnTimeline timeline) {
        record(Share.CANCEL, timeline);
    }

    private void record(Share share, TurnTimeline timeline) {
        timeline.nanosBetween(share.from(), share.to())
                .ifPresent(nanos -> recorder(share).recordValue(Math.max(0, Math.min(LONGEST_NANOS, nanos))));
    }

    /** What was counted since the last time; valid until the next. */
    Histogram take(Share share) {
        Histogram interval = recorder(share).getIntervalHistogram(taken.get(share));
        taken.put(share, interval);
        return interval;
    }

    private Recorder recorder(Share share) {
        Recorder recorder = recorders.get(share);
        if (recorder == null) throw new IllegalStateException("no recorder of " + share);
        return recorder;
    }
}
