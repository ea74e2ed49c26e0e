package dev.antiphon.bench.load.record;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Takes down what happens, and hands over once a second what came since.
 *
 * <p>Threading: {@link #record}, {@link #add} from any thread; {@link #interval} from one.
 */
public final class LoadRecorder {
    /** A frame sent later than this is late. */
    public static final long LATE_FRAME_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final int DIGITS = 3;

    private final Map<Measure, Recorder> recorders = new EnumMap<>(Measure.class);
    private final Map<Measure, Histogram> totals = new EnumMap<>(Measure.class);
    private final Map<Count, LongAdder> counts = new EnumMap<>(Count.class);
    private final long lateBoundNanos;

    /** @param lateBoundNanos a piece that takes longer is late */
    public LoadRecorder(long lateBoundNanos) {
        this.lateBoundNanos = lateBoundNanos;
        for (Measure measure : Measure.values()) {
            recorders.put(measure, new Recorder(DIGITS));
            totals.put(measure, new Histogram(DIGITS));
        }
        for (Count count : Count.values()) counts.put(count, new LongAdder());
    }

    /** @param nanos below 0 counts as 0: clocks of two cores may differ by a few */
    public void record(Measure measure, long nanos) {
        at(recorders, measure).recordValue(Math.max(0, nanos));
    }

    public void recordPiece(long downlinkNanos, boolean isFirst) {
        record(Measure.DOWNLINK, downlinkNanos);
        if (isFirst) record(Measure.FIRST_AUDIO, downlinkNanos);
        if (downlinkNanos > lateBoundNanos) add(Count.PIECES_LATE, 1);
    }

    public void add(Count count, long amount) {
        at(counts, count).add(amount);
    }

    public long count(Count count) {
        return at(counts, count).sum();
    }

    public long lateBoundNanos() {
        return lateBoundNanos;
    }

    /** What was recorded since the last call; it is part of {@link #total} from now on. */
    public Histogram interval(Measure measure) {
        Histogram interval = at(recorders, measure).getIntervalHistogram();
        at(totals, measure).add(interval);
        return interval;
    }

    /** Everything up to the last {@link #interval}. */
    public Histogram total(Measure measure) {
        return at(totals, measure);
    }

    private static <K extends Enum<K>, V> V at(Map<K, V> map, K key) {
        V value = map.get(key);
        if (value == null) throw new IllegalStateException("there is one for each constant");
        return value;
    }
}
