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
import java.util.Random;
import java.util.function.IntToDoubleFunction;

/**
 * Samples at 24 kHz for tests, put together from pieces one after the other and layers one over the other.
 *
 * <p>Threading: immutable.
 */
public final class Sound {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;

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
