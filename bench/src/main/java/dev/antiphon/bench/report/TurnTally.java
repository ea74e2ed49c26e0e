package dev.antiphon.bench.report;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.turn.TurnDetector;
import dev.antiphon.turn.TurnListener;
import dev.antiphon.turn.TurnSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a detector decided about scenes, against what is known of them. All delays are counted in samples heard, to the
 * frame of 10 ms, so they are the same on every machine.
 *
 * <p>Threading: confined to its caller.
 */
final class TurnTally {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    private static final int PIECE_SAMPLES = (int) FORMAT.samplesInMillis(10);
    private static final long NEAR_SAMPLES = FORMAT.samplesInMillis(200);

    private final List<Long> onsetDelaysMillis = new ArrayList<>();
    private final List<Long> endDelaysMillis = new ArrayList<>();
    private int scenes;
    private int missed;
    private int split;
    private int falseStarts;
    private long heardSamples;
    private long falseSamples;

    void add(TurnScene scene, TurnSettings settings) {
        Decisions decisions = new Decisions();
        TurnDetector detector = TurnDetector.of(settings);
        short[] pcm = scene.sound().toPcm16();
        ByteBuf piece = ByteBufAllocator.DEFAULT.buffer(PIECE_SAMPLES * FORMAT.bytesPerSample());
        try {
            for (int from = 0; from + PIECE_SAMPLES <= pcm.length; from += PIECE_SAMPLES) {
                piece.clear();
                for (int i = 0; i < PIECE_SAMPLES; i++) piece.writeShortLE(pcm[from + i]);
                decisions.heardSamples += PIECE_SAMPLES;
                detector.onAudio(piece, decisions);
            }
        } finally {
            piece.release();
        }
        judge(scene, decisions);
    }

    private void judge(TurnScene scene, Decisions decisions) {
        scenes++;
        heardSamples += decisions.heardSamples;
        int turns = 0;
        long lastEndHeard = 0;
        for (int i = 0; i < decisions.starts.size(); i++) {
            boolean isOpen = i == decisions.ends.size();
            long end = isOpen ? decisions.heardSamples : decisions.ends.get(i);
            if (end < scene.startSample() || decisions.starts.get(i) > scene.endSample() + NEAR_SAMPLES) {
                falseStarts++;
                falseSamples += end - decisions.starts.get(i);
                continue;
            }
            if (turns++ == 0) {
                long delay = decisions.startsHeard.get(i) - scene.startSample();
                onsetDelaysMillis.add(FORMAT.millisOf(Math.max(0, delay)));
            }
            lastEndHeard = isOpen ? decisions.heardSamples : decisions.endsHeard.get(i);
        }
        if (scene.startSample() == Long.MAX_VALUE) return;
        if (turns == 0) missed++;
        else endDelaysMillis.add(FORMAT.millisOf(lastEndHeard - scene.endSample()));
        if (turns > 1) split++;
    }

    String onset() {
        return medianAndMost(onsetDelaysMillis);
    }

    String end() {
        return medianAndMost(endDelaysMillis);
    }

    String split() {
        return split + "/" + scenes + (missed > 0 ? " (" + missed + " missed)" : "");
    }

    int missed() {
        return missed;
    }

    double falseStartsPerMinute() {
        return falseStarts / (heardSamples / (60.0 * FORMAT.sampleRateHz()));
    }

    long falseMillis() {
        return FORMAT.millisOf(falseSamples);
    }

    void addAll(TurnTally other) {
        onsetDelaysMillis.addAll(other.onsetDelaysMillis);
        endDelaysMillis.addAll(other.endDelaysMillis);
        scenes += other.scenes;
        missed += other.missed;
        split += other.split;
        falseStarts += other.falseStarts;
        heardSamples += other.heardSamples;
        falseSamples += other.falseSamples;
    }

    private static String medianAndMost(List<Long> millis) {
        if (millis.isEmpty()) return "—";
        List<Long> sorted = new ArrayList<>(millis);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2) + " / " + sorted.get(sorted.size() - 1);
    }

    private static final class Decisions implements TurnListener {
        private final List<Long> starts = new ArrayList<>();
        private final List<Long> startsHeard = new ArrayList<>();
        private final List<Long> ends = new ArrayList<>();
        private final List<Long> endsHeard = new ArrayList<>();
        private long heardSamples;

        @Override
        public void onSpeechStarted(long startSample) {
            starts.add(startSample);
            startsHeard.add(heardSamples);
        }

        @Override
        public void onSpeechStopped(long endSample, long decidedSample) {
            ends.add(endSample);
            endsHeard.add(heardSamples);
        }
    }
}
