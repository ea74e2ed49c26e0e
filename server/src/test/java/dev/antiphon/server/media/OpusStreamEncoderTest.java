package dev.antiphon.server.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Pcm16;
import dev.antiphon.audio.Wav;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.Sound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class OpusStreamEncoderTest {
    private static final short[] SPEECH = Pcm16.samplesOf(Wav.read(RecordedMediaTest.resource("speech.wav")));

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 479, 480, 481, 960, 24_000, 24_001})
    void decodedAgainTheSoundIsAsLongAsItWas(int samples) {
        short[] tone = Arrays.copyOf(Sound.tone(440, -12, 2_000).toPcm16(), samples);

        assertThat(roundTrip(tone, 333)).hasSize(samples);
    }

    @Test
    void nothingInNothingOut() {
        assertThat(roundTrip(new short[0], 1)).isEmpty();
    }

    @Test
    void speechIsWhereItWasAndWhatItWas() {
        short[] heard = roundTrip(SPEECH, 960);

        assertThat(heard).hasSameSizeAs(SPEECH);
        int best = 0;
        for (int shift = -40; shift <= 40; shift++) {
            if (similarity(heard, shift) > similarity(heard, best)) best = shift;
        }
        assertThat(best).as("shift in samples").isBetween(-3, 3);
        assertThat(similarity(heard, best)).isGreaterThan(0.92);
    }

    @Test
    void aFrameIsOutWithTheNextOne() {
        OpusStreamEncoder encoder = new OpusStreamEncoder(OpusStreamEncoder.SPEECH_BITS_PER_SECOND, 1);
        ByteBuf out = Unpooled.buffer();
        ByteBuf frame = Unpooled.wrappedBuffer(new byte[960]);

        encoder.feed(frame, out);
        int head = out.readableBytes();
        encoder.feed(frame, out);

        assertThat(head).isPositive();
        assertThat(out.readableBytes()).isGreaterThan(head + 27);
    }

    @Test
    void piecesMayEndAnywhere() {
        assertThat(roundTrip(SPEECH, 1_111)).isEqualTo(roundTrip(SPEECH, SPEECH.length));
    }

    private static short[] roundTrip(short[] samples, int pieceSamples) {
        OpusStreamEncoder encoder = new OpusStreamEncoder(OpusStreamEncoder.SPEECH_BITS_PER_SECOND, 1);
        ByteBuf pcm = Unpooled.buffer();
        Pcm16.clipOf(24_000, samples).appendTo(pcm);
        ByteBuf file = ByteBufAllocator.DEFAULT.buffer();
        try {
            while (pcm.isReadable()) {
                encoder.feed(pcm.readSlice(Math.min(2 * pieceSamples, pcm.readableBytes())), file);
            }
            encoder.end(file);
            AudioClip clip = SpokenFile.read(file, 60, () -> false);
            return Pcm16.samplesOf(clip);
        } finally {
            file.release();
        }
    }

    private static double similarity(short[] heard, int shift) {
        double both = 0;
        double one = 0;
        double other = 0;
        for (int i = 100; i < SPEECH.length - 100; i++) {
            both += (double) SPEECH[i] * heard[i + shift];
            one += (double) SPEECH[i] * SPEECH[i];
            other += (double) heard[i + shift] * heard[i + shift];
        }
        return both / Math.sqrt(one * other);
    }
}
