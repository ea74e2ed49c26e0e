package dev.antiphon.testing;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Loudness;
import dev.antiphon.audio.Pcm16;
import dev.antiphon.audio.Resampler;
import dev.antiphon.audio.Wav;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntToDoubleFunction;

/**
 * Samples at 24 kHz for tests, put together from pieces one after the other and layers one over the other.
 *
 * <p>Threading: immutable.
 */
public final class Sound {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;

    private static final double AUDIBLE_BELOW_LOUDEST_DB = 25;

    private final double[] samples;

    public Sound(double[] samples) {
        this.samples = samples;
    }

    public static Sound silence(int millis) {
        return of(millis, i -> 0);
    }

    public static Sound tone(double toneHz, double dbfs, int millis) {
        double amplitude = Math.sqrt(2 * Loudness.meanSquareOf(dbfs));
        return of(millis, i -> amplitude * Math.sin(2 * Math.PI * toneHz * i / FORMAT.sampleRateHz()));
    }

    /** A vowel: eight harmonics, softer the higher, of a pitch that moves evenly on a musical scale. */
    public static Sound voice(double fromHz, double toHz, double dbfs, int millis) {
        double last = FORMAT.samplesInMillis(millis);
        double[] phase = new double[1];
        return of(millis, i -> {
                    phase[0] += 2 * Math.PI * fromHz * Math.pow(toHz / fromHz, i / last) / FORMAT.sampleRateHz();
                    double value = 0;
                    for (int harmonic = 1; harmonic <= 8; harmonic++) value += Math.sin(harmonic * phase[0]) / harmonic;
                    return value;
                })
                .at(dbfs);
    }

    public static Sound whiteNoise(double dbfs, int millis, long seed) {
        Random random = new Random(seed);
        double deviation = Math.sqrt(Loudness.meanSquareOf(dbfs));
        return of(millis, i -> deviation * random.nextGaussian());
    }

    /** White noise through a low pass at 1 kHz: a fan. */
    public static Sound softNoise(double dbfs, int millis, long seed) {
        Random random = new Random(seed);
        double[] last = new double[1];
        return of(millis, i -> last[0] += 0.23 * (random.nextGaussian() - last[0]))
                .at(dbfs);
    }

    public static Sound constant(int value, int millis) {
        return of(millis, i -> value);
    }

    /** A recording, at 24 kHz and its own level. */
    public static Sound recorded(Path wav) {
        try {
            AudioClip clip = Resampler.resample(Wav.read(Files.readAllBytes(wav)), FORMAT.sampleRateHz());
            short[] pcm = Pcm16.samplesOf(clip);
            double[] samples = new double[pcm.length];
            for (int i = 0; i < pcm.length; i++) samples[i] = pcm[i];
            return new Sound(samples);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Sound then(Sound next) {
        double[] joined = new double[samples.length + next.samples.length];
        System.arraycopy(samples, 0, joined, 0, samples.length);
        System.arraycopy(next.samples, 0, joined, samples.length, next.samples.length);
        return new Sound(joined);
    }

    /** {@code other}, repeated as long as this lasts, mixed in. */
    public Sound over(Sound other) {
        double[] mixed = new double[samples.length];
        for (int i = 0; i < mixed.length; i++) mixed[i] = samples[i] + other.samples[i % other.samples.length];
        return new Sound(mixed);
    }

    /** The same sound with the root mean square of its whole at {@code dbfs}. */
    public Sound at(double dbfs) {
        double energy = 0;
        for (double sample : samples) energy += sample * sample;
        double gain = Math.sqrt(Loudness.meanSquareOf(dbfs) / (energy / samples.length));
        return amplified(gain);
    }

    public Sound amplified(double gain) {
        double[] scaled = new double[samples.length];
        for (int i = 0; i < scaled.length; i++) scaled[i] = gain * samples[i];
        return new Sound(scaled);
    }

    public double[] samples() {
        return samples.clone();
    }

    public Sound with(int sample, double value) {
        double[] copy = samples.clone();
        copy[sample] = value;
        return new Sound(copy);
    }

    /** The audible part, without the silence around it: first to last 10 ms within 25 dB of the loudest. */
    public Sound audible() {
        double[] levels = levelsDbfs();
        double least = Arrays.stream(levels).max().orElseThrow() - AUDIBLE_BELOW_LOUDEST_DB;
        int first = 0;
        while (levels[first] < least) first++;
        int end = levels.length;
        while (levels[end - 1] < least) end--;
        return part(first, end);
    }

    /** The audible part with silence put in where it is softest, not too near its ends: between two words. */
    public Sound hesitatingFor(int pauseMillis) {
        Sound audible = audible();
        double[] levels = audible.levelsDbfs();
        int softest = levels.length / 4;
        for (int i = softest; i < levels.length * 3 / 4; i++) {
            if (around(levels, i) < around(levels, softest)) softest = i;
        }
        return audible.part(0, softest).then(silence(pauseMillis)).then(audible.part(softest, levels.length));
    }

    private static double around(double[] levels, int frame) {
        return levels[frame - 1] + levels[frame] + levels[frame + 1];
    }

    private Sound part(int firstFrame, int endFrame) {
        int frame = (int) FORMAT.samplesInMillis(10);
        return new Sound(Arrays.copyOfRange(samples, firstFrame * frame, endFrame * frame));
    }

    /** Loudness of each whole stretch of 10 ms. */
    public double[] levelsDbfs() {
        int frame = (int) FORMAT.samplesInMillis(10);
        double[] levels = new double[samples.length / frame];
        for (int i = 0; i < levels.length; i++) {
            double energy = 0;
            for (int k = i * frame; k < (i + 1) * frame; k++) energy += samples[k] * samples[k];
            levels[i] = Loudness.powerDbfs(energy / frame);
        }
        return levels;
    }

    public short[] toPcm16() {
        short[] pcm = new short[samples.length];
        for (int i = 0; i < pcm.length; i++) pcm[i] = Pcm16.clip((int) Math.rint(samples[i]));
        return pcm;
    }

    private static Sound of(int millis, IntToDoubleFunction value) {
        double[] samples = new double[(int) FORMAT.samplesInMillis(millis)];
        for (int i = 0; i < samples.length; i++) samples[i] = value.applyAsDouble(i);
        return new Sound(samples);
    }
}
