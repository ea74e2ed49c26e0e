package dev.antiphon.turn;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Loudness;
import dev.antiphon.audio.Pcm16;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * Hears speech where sound stands out from the noise behind it for long enough, and its end where it no longer does.
 *
 * <p>Threading: confined to its caller.
 */
final class EnergyTurnDetector implements TurnDetector {
    /*
     * Frames. Decisions are made for frames of 10 ms that lie on sample positions 0, 240, 480, …, never on calls.
     *
     * Levels. A frame may start a turn when its level reaches both
     *
     *     noise floor +  2 dB + threshold · 16 dB          (0.5: 10 dB above the noise)
     *     -70 dBFS            + threshold · 40 dB          (0.5: -50 dBFS)
     *
     * and it keeps a turn alive when it reaches three quarters of the first margin and the second less 4 dB: words die
     * away more softly than they begin. Both rise with the threshold and the noise floor does not know it, so a higher
     * threshold never hears more.
     *
     * Start. A run is frames that may start a turn, with gaps of at most 5 (the closed lips of a p). It is speech when 8
     * such frames are in it, so no click or knock is, and 3 of them sound like a voice, so no hiss is. The turn starts
     * where the run did, but no more than 300 ms ago: a run may be long when it waits for a voice.
     *
     * End. When silence_duration_ms, rounded up to whole frames, have gone by since the end of the last frame that kept
     * the turn alive; with an eagerness, when as much silence has gone by as Patience asks for.
     *
     *   AWAITING_SPEECH ──run is speech / started──▶ AWAITING_SILENCE ──silence / stopped──▶ AWAITING_SPEECH
     *                                                       │ reset
     *                                                       ▼
     *                                                 AWAITING_PAUSE ──200 ms of silence──▶ AWAITING_SPEECH
     *
     * The pause keeps the last syllable of a turn that was ended by hand from becoming a turn of its own, and is short
     * enough for the next sentence to be heard.
     */
    private enum State {
        AWAITING_SPEECH,
        AWAITING_SILENCE,
        AWAITING_PAUSE
    }

    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    private static final double LEAST_MARGIN_DB = 2;
    private static final double MARGIN_RANGE_DB = 16;
    private static final double LEAST_LEVEL_DBFS = -70;
    private static final double LEVEL_RANGE_DB = 40;
    private static final double KEEP_MARGIN_RATIO = 0.75;
    private static final double KEEP_LEVEL_DB = 4;
    private static final int RUN_FRAMES = 8;
    private static final int RUN_VOICE_FRAMES = 3;
    private static final int RUN_GAP_FRAMES = 5;
    private static final long MOST_RUN_SAMPLES = FORMAT.samplesInMillis(300);
    private static final long PAUSE_SAMPLES = FORMAT.samplesInMillis(200);

    private static final FastThreadLocal<Scratch> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
            return new Scratch();
        }
    };

    private final FrameMeter meter = new FrameMeter();
    private final NoiseFloor noiseFloor = new NoiseFloor();

    private double marginDb;
    private double leastLevelDbfs;
    private long silenceSamples; // server_vad
    private int longestSilenceMillis; // semantic_vad
    private @Nullable Patience patience; // null: server_vad

    private State state = State.AWAITING_SPEECH;
    private long heardSamples; // at the end of the last whole frame
    private long earliestStart; // what lies before it was reset away, or was part of the turn before

    private int runFrames; // 0: no run
    private int runVoiceFrames;
    private int runGapFrames;
    private long runStart;

    private long speechEnd; // valid but in AWAITING_SPEECH: end of the last frame that kept the turn alive

    EnergyTurnDetector(TurnSettings settings) {
        configure(settings);
    }

    @Override
    public void configure(TurnSettings settings) {
        marginDb = LEAST_MARGIN_DB + settings.threshold() * MARGIN_RANGE_DB;
        leastLevelDbfs = LEAST_LEVEL_DBFS + settings.threshold() * LEVEL_RANGE_DB;
        silenceSamples = FORMAT.samplesInMillis(settings.silenceDurationMillis());
        Eagerness eagerness = settings.eagerness();
        if (eagerness == null) {
            patience = null;
        } else {
            longestSilenceMillis = eagerness.longestSilenceMillis();
            if (patience == null) patience = new Patience();
        }
    }

    @Override
    public void onAudio(ByteBuf pcm, TurnListener out) {
        Scratch scratch = SCRATCH.get();
        double[] filtered = patience == null ? null : scratch.filtered;
        int at = pcm.readerIndex();
        for (int left = Pcm16.samplesIn(pcm); left > 0; ) {
            int count = Math.min(left, meter.missingSamples());
            int bytes = (int) FORMAT.bytesOf(count);
            boolean isWhole;
            if (pcm.hasArray()) {
                isWhole = meter.add(pcm.array(), pcm.arrayOffset() + at, count, filtered);
            } else {
                pcm.getBytes(at, scratch.pcm, 0, bytes);
                isWhole = meter.add(scratch.pcm, 0, count, filtered);
            }
            if (isWhole) {
                if (patience != null) patience.add(scratch.filtered, FrameMeter.FRAME_SAMPLES);
                onFrame(out);
            }
            at += bytes;
            left -= count;
        }
    }

    @Override
    public void reset() {
        earliestStart = heardSamples + meter.partSamples();
        endRun();
        state = switch (state) {
            case AWAITING_SPEECH -> State.AWAITING_SPEECH;
            case AWAITING_SILENCE, AWAITING_PAUSE -> State.AWAITING_PAUSE;
        };
    }

    private void onFrame(TurnListener out) {
        heardSamples += FrameMeter.FRAME_SAMPLES;
        noiseFloor.learn(meter.meanSquare());
        double levelDbfs = Loudness.powerDbfs(meter.meanSquare());
        double noiseDbfs = noiseFloor.dbfs();
        boolean isLoud = levelDbfs >= Math.max(noiseDbfs + marginDb, leastLevelDbfs);
        if (patience != null) patience.onFrame(levelDbfs, noiseDbfs);
        growRun(isLoud); // In every state: a run may outlast a turn whose silence is shorter than a gap.
        switch (state) {
            case AWAITING_SPEECH -> {
                if (isLoud && runFrames >= RUN_FRAMES && runVoiceFrames >= RUN_VOICE_FRAMES) start(out);
            }
            case AWAITING_SILENCE -> {
                keepAlive(levelDbfs, noiseDbfs);
                long endSilence = endSilenceSamples();
                if (heardSamples - speechEnd >= endSilence) stop(endSilence, out);
            }
            case AWAITING_PAUSE -> {
                keepAlive(levelDbfs, noiseDbfs);
                if (heardSamples - speechEnd >= PAUSE_SAMPLES) state = State.AWAITING_SPEECH;
            }
        }
    }

    private void growRun(boolean isLoud) {
        if (isLoud) {
            if (runFrames == 0) runStart = heardSamples - FrameMeter.FRAME_SAMPLES;
            runFrames++;
            runGapFrames = 0;
            if (meter.isVoiceLike()) runVoiceFrames++;
        } else if (runFrames > 0 && ++runGapFrames > RUN_GAP_FRAMES) {
            endRun();
        }
    }

    private void endRun() {
        runFrames = 0;
        runVoiceFrames = 0;
        runGapFrames = 0;
    }

    private void start(TurnListener out) {
        long startSample = Math.max(earliestStart, Math.max(runStart, heardSamples - MOST_RUN_SAMPLES));
        speechEnd = heardSamples;
        state = State.AWAITING_SILENCE;
        out.onSpeechStarted(startSample);
    }

    private void keepAlive(double levelDbfs, double noiseDbfs) {
        double leastDbfs = Math.max(noiseDbfs + marginDb * KEEP_MARGIN_RATIO, leastLevelDbfs - KEEP_LEVEL_DB);
        if (levelDbfs >= leastDbfs) speechEnd = heardSamples;
    }

    private long endSilenceSamples() {
        if (patience == null) return silenceSamples;
        return FORMAT.samplesInMillis(patience.silenceMillis(longestSilenceMillis));
    }

    private void stop(long endSilence, TurnListener out) {
        state = State.AWAITING_SPEECH;
        earliestStart = speechEnd;
        out.onSpeechStopped(speechEnd, speechEnd + endSilence);
    }

    /** Room for one frame: of one thread, for all the detectors on it. */
    private static final class Scratch {
        final byte[] pcm = new byte[(int) FORMAT.bytesOf(FrameMeter.FRAME_SAMPLES)];
        final double[] filtered = new double[FrameMeter.FRAME_SAMPLES];
    }
}
