package dev.antiphon.server.twin.speech;

import com.sun.speech.freetts.OutputQueue;
import com.sun.speech.freetts.Voice;
import com.sun.speech.freetts.audio.AudioPlayer;
import com.sun.speech.freetts.en.us.cmu_us_kal.KevinVoiceDirectory;
import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Loudness;
import dev.antiphon.audio.Resampler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * One mouth: FreeTTS with the diphone voice {@code kevin16}, about 500 times faster than real time. Making one takes some
 * 300 ms and 14 MB.
 *
 * <p>Threading: confined to its caller; one sentence at a time.
 */
final class Speaker {
    private static final String KEVIN_16_KHZ = "kevin16";
    private static final int FREETTS_HZ = 16_000;
    private static final int SPEECH_HZ = AudioFormat.PCM16_24KHZ.sampleRateHz();
    /** FreeTTS begins with some 200 ms of nothing, which would be heard as latency. */
    private static final double AUDIBLE_DBFS = -40;
    /** Kept before the first audible sample: the soft start of a consonant. */
    private static final long ATTACK_MILLIS = 30;

    /** FreeTTS reads its lexicon through a static list: two voices that are allocated at once spoil each other's. */
    private static final Object LOADING = new Object();

    private final PcmCollector collector = new PcmCollector();
    private final Voice voice;

    Speaker() {
        voice = kevin();
        voice.setAudioPlayer(collector);
        // Allocation starts an output thread unless there is a queue; speaking uses the caller's thread unless there is
        // one.
        voice.setOutputQueue(new OutputQueue());
        synchronized (LOADING) {
            voice.allocate();
        }
        voice.setOutputQueue(null);
    }

    /** PCM16 at 24 kHz, without the silence in front; empty when there is nothing to pronounce. */
    AudioClip speak(String sentence, TwinVoice as) {
        voice.setPitch(as.pitchHz());
        voice.setPitchRange(as.pitchRangeHz());
        voice.setRate(as.wordsPerMinute());
        collector.reset();
        if (!voice.speak(pronounceable(sentence))) throw new IllegalStateException("FreeTTS: gave up on a sentence");
        return Resampler.resample(trimmed(collector.pcm()), SPEECH_HZ);
    }

    private static AudioClip trimmed(ByteBuf pcm) {
        AudioFormat format = AudioFormat.pcm16(FREETTS_HZ);
        int firstAudibleSample = Loudness.firstAudibleSample(pcm, AUDIBLE_DBFS);
        if (firstAudibleSample < 0) return AudioClip.of(FREETTS_HZ, new byte[0]);
        long fromSample = Math.max(0, firstAudibleSample - format.samplesInMillis(ATTACK_MILLIS));
        return AudioClip.copyOf(FREETTS_HZ, pcm.skipBytes(Math.toIntExact(format.bytesOf(fromSample))));
    }

    /** FreeTTS knows ASCII; typographic quotes would silence a whole word. */
    private static String pronounceable(String sentence) {
        return sentence.replace('’', '\'').replace('‘', '\'').replaceAll("[^\\x20-\\x7E]", " ");
    }

    private static Voice kevin() {
        return Arrays.stream(new KevinVoiceDirectory().getVoices())
                .filter(voice -> voice.getName().equals(KEVIN_16_KHZ))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("FreeTTS: no voice " + KEVIN_16_KHZ));
    }

    /** What FreeTTS takes for a sound card: keeps the samples, turned from big-endian to little-endian. */
    private static final class PcmCollector implements AudioPlayer {
        private final ByteBuf samples = Unpooled.buffer();
        private javax.sound.sampled.AudioFormat format = new javax.sound.sampled.AudioFormat(16_000, 16, 1, true, true);

        /** Lent until the next sentence. */
        ByteBuf pcm() {
            return samples;
        }

        @Override
        public void reset() {
            samples.clear();
        }

        @Override
        public boolean write(byte[] bytes) {
            return write(bytes, 0, bytes.length);
        }

        @Override
        public boolean write(byte[] bytes, int offset, int size) {
            for (int i = offset; i < offset + size; i += 2)
                samples.writeByte(bytes[i + 1]).writeByte(bytes[i]);
            return true;
        }

        @Override
        public void setAudioFormat(javax.sound.sampled.AudioFormat format) {
            this.format = format;
        }

        @Override
        public javax.sound.sampled.AudioFormat getAudioFormat() {
            return format;
        }

        @Override
        public void begin(int size) {}

        @Override
        public boolean end() {
            return true;
        }

        @Override
        public boolean drain() {
            return true;
        }

        @Override
        public void pause() {}

        @Override
        public void resume() {}

        @Override
        public void cancel() {}

        @Override
        public void close() {}

        @Override
        public float getVolume() {
            return 1;
        }

        @Override
        public void setVolume(float volume) {}

        @Override
        public long getTime() {
            return 0;
        }

        @Override
        public void resetTime() {}

        @Override
        public void startFirstSampleTimer() {}

        @Override
        public void showMetrics() {}
    }
}
