package dev.antiphon.bench.load.record;

import java.util.HashMap;
import java.util.Map;

/**
 * Brings together what callers and model know of one cut answer, whoever learns of it first: the moment it was cut by a
 * frame, and the moment the model saw its listener go.
 *
 * <p>Threading: thread-safe.
 */
public final class CutLedger {
    private final LoadRecorder recorder;
    private final Map<Long, Long> cutNanos = new HashMap<>(); // by answer, until the other side is known
    private final Map<Long, Long> goneNanos = new HashMap<>(); // the same

    public CutLedger(LoadRecorder recorder) {
        this.recorder = recorder;
    }

    /** The caller cut it by a frame that was to be sent at this moment. */
    public synchronized void onCut(long answerId, long frameNanos) {
        Long gone = goneNanos.remove(answerId);
        if (gone == null) cutNanos.put(answerId, frameNanos);
        else recorder.record(Measure.UPSTREAM_RESET, gone - frameNanos);
    }

    /** The model saw its listener go. */
    public synchronized void onGone(long answerId, long nowNanos) {
        Long cut = cutNanos.remove(answerId);
        if (cut == null) goneNanos.put(answerId, nowNanos);
        else recorder.record(Measure.UPSTREAM_RESET, nowNanos - cut);
    }
}
