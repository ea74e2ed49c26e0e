package dev.antiphon.server.rest.sound;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.AudioFormat.Encoding;
import dev.antiphon.audio.G711;
import dev.antiphon.audio.Resampler;
import dev.antiphon.audio.Wav;
import dev.antiphon.server.media.OpusStreamEncoder;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What the model says, PCM16 at 24 kHz, to the format the client asked for, as it is said.
 *
 * <p>Threading: confined to its caller.
 */
sealed interface SoundCoder {
    /**
     * @param pcm whole samples; lent, its indices stay
     * @param out lent; what is ready is appended
     */
    void feed(ByteBuf pcm, ByteBuf out);

    /**
     * The model is through.
     *
     * @param out lent; what was still missing is appended
     */
    void end(ByteBuf out);

    /** @param isStreamed whether the length is not known at the beginning */
    static SoundCoder of(SoundFormat format, boolean isStreamed) {
        return switch (format) {
            case PCM16 -> new Plain(false);
            // The header of a whole file is written when its length is known.
            case WAV -> new Plain(isStreamed);
            case G711_ULAW -> new Telephone(AudioFormat.MULAW_8KHZ);
            case G711_ALAW -> new Telephone(AudioFormat.ALAW_8KHZ);
            case OPUS -> new Opus();
            case MP3, AAC, FLAC ->
                throw new IllegalArgumentException("format: " + format + " (expected: one that we make)");
        };
    }

    /** As the model says it. */
    final class Plain implements SoundCoder {
        private boolean isHeaderDue;

        private Plain(boolean hasHeader) {
            isHeaderDue = hasHeader;
        }

        @Override
        public void feed(ByteBuf pcm, ByteBuf out) {
            if (isHeaderDue) Wav.writeStreamingHeader(AudioFormat.PCM16_24KHZ.sampleRateHz(), out);
            isHeaderDue = false;
            out.writeBytes(pcm, pcm.readerIndex(), pcm.readableBytes());
        }

        @Override
        public void end(ByteBuf out) {
            if (isHeaderDue) Wav.writeStreamingHeader(AudioFormat.PCM16_24KHZ.sampleRateHz(), out);
            isHeaderDue = false;
        }
    }

    /** One of the two laws of G.711, at 8 kHz. */
    final class Telephone implements SoundCoder {
        private final Encoding law;
        private final Resampler resampler;

        private Telephone(AudioFormat format) {
            law = format.encoding();
            resampler = new Resampler(AudioFormat.PCM16_24KHZ.sampleRateHz(), format.sampleRateHz());
        }

        @Override
        public void feed(ByteBuf pcm, ByteBuf out) {
            code(pcm, out);
        }

        @Override
        public void end(ByteBuf out) {
            code(null, out);
        }

        /** @param pcm null: there is no more */
        private void code(@Nullable ByteBuf pcm, ByteBuf out) {
            ByteBuf slow = out.alloc().buffer(resampler.mostOutputBytes(pcm == null ? 0 : pcm.readableBytes()));
            try {
                if (pcm == null) resampler.flush(slow);
                else resampler.feed(pcm, slow);
                G711.encode(law, slow, out);
            } finally {
                slow.release();
            }
        }
    }

    /** Ogg. Slow: not for an event loop. */
    final class Opus implements SoundCoder {
        private final OpusStreamEncoder encoder = new OpusStreamEncoder(
                OpusStreamEncoder.SPEECH_BITS_PER_SECOND,
                ThreadLocalRandom.current().nextInt());

        private Opus() {}

        @Override
        public void feed(ByteBuf pcm, ByteBuf out) {
            encoder.feed(pcm, out);
        }

        @Override
        public void end(ByteBuf out) {
            encoder.end(out);
        }
    }
}
