package dev.antiphon.server.media;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Resampler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Speech on its way to a clip of 24 kHz: resampled as it comes, and refused where it grows too long.
 *
 * <p>Threading: confined to its caller.
 */
final class SpeechTrack {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    private static final int FIRST_BYTES = 1 << 16;

    private final int mostSeconds;
    private final ByteBuf speech; // on the heap and not pooled: it is large and becomes an array
    private @Nullable Resampler resampler; // null: nothing came yet, or it came at 24 kHz
    private int sampleRateHz; // 0: nothing came yet

    SpeechTrack(int mostSeconds) {
        this.mostSeconds = mostSeconds;
        speech = Unpooled.buffer(FIRST_BYTES);
    }

    /** @param pcm whole samples, mono, always of the same rate; lent, its indices stay */
    void feed(int pcmSampleRateHz, ByteBuf pcm) {
        if (!pcm.isReadable()) return;
        if (sampleRateHz == 0) begin(pcmSampleRateHz);
        if (resampler == null) speech.writeBytes(pcm, pcm.readerIndex(), pcm.readableBytes());
        else resampler.feed(pcm, speech);
        if (FORMAT.samplesIn(speech.readableBytes()) <= (long) mostSeconds * FORMAT.sampleRateHz()) return;
        throw new UnreadableAudio(
                UnreadableAudio.Reason.TOO_LONG,
                "file: more than " + mostSeconds + " seconds of sound (expected: at most " + mostSeconds + ")");
    }

    /** @param trimSamples how many of the last samples that came are no sound */
    AudioClip end(long trimSamples) {
        if (resampler != null) resampler.flush(speech);
        if (trimSamples > 0 && sampleRateHz > 0) {
            long trimmed = FORMAT.bytesOf(trimSamples * FORMAT.sampleRateHz() / sampleRateHz);
            speech.writerIndex(speech.writerIndex() - (int) Math.min(trimmed, speech.readableBytes()));
        }
        return AudioClip.copyOf(FORMAT.sampleRateHz(), speech);
    }

    private void begin(int pcmSampleRateHz) {
        sampleRateHz = pcmSampleRateHz;
        if (pcmSampleRateHz != FORMAT.sampleRateHz()) resampler = new Resampler(pcmSampleRateHz, FORMAT.sampleRateHz());
    }
}
