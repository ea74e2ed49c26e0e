package dev.antiphon.cascade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Resampler;
import dev.antiphon.audio.Wav;
import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class SpeechSoundTest {
    private static final byte[] SAMPLES = new byte[400];

    static {
        new Random(7).nextBytes(SAMPLES);
    }

    @Test
    void rawSamplesStayAsTheyAreHoweverTheyAreCut() {
        checkAllCuts("audio/pcm", SAMPLES, SAMPLES);
    }

    @Test
    void theHeaderOfAWavGoes() {
        checkAllCuts("audio/wav", Wav.write(AudioClip.of(24_000, SAMPLES)), SAMPLES);
        checkAllCuts("", Wav.write(AudioClip.of(24_000, SAMPLES)), SAMPLES);
    }

    @ParameterizedTest
    @ValueSource(ints = {8_000, 16_000, 22_050, 44_100, 48_000})
    void otherRatesBecomeOurs(int rateHz) {
        AudioClip clip = AudioClip.of(rateHz, SAMPLES);
        byte[] expected =
                Resampler.resample(clip, AudioFormat.PCM16_24KHZ.sampleRateHz()).toByteArray();
        checkAllCuts("audio/wav", Wav.write(clip), expected);
        checkAllCuts("audio/pcm; rate=" + rateHz, SAMPLES, expected);
    }

    @Test
    void halfASampleAtTheEndIsNone() {
        byte[] odd = new byte[401];
        System.arraycopy(SAMPLES, 0, odd, 0, 400);
        checkAllCuts("audio/pcm", odd, SAMPLES);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void aFewBytesAreAFewSamples(int bytes) {
        byte[] few = new byte[bytes];
        assertThat(decoded(new SpeechSound(), few, few.length)).hasSize(bytes / 2 * 2);
    }

    @ParameterizedTest
    @CsvSource({
        "text/html; charset=utf-8, the speech is text/html (expected: pcm or wav)",
        "application/json, the speech is application/json (expected: pcm or wav)",
        "audio/mpeg, the speech is audio/mpeg (expected: pcm or wav)",
        "audio/pcm;rate=1234, the speech has 1234 Hz (expected: a rate that speech comes in)",
    })
    void whatIsNoSoundOfOursIsNamed(String contentType, String complaint) {
        SpeechSound sound = new SpeechSound();
        sound.onHead(contentType);
        assertThat(sound.complaint()).isEqualTo(complaint);
    }

    @ParameterizedTest
    @CsvSource({"OggS....., ogg", "fLaC....., flac", "ID3......, mp3"})
    void soIsWhatCallsItselfAnythingElse(String body, String format) {
        for (int cut = 1; cut <= body.length(); cut++) {
            SpeechSound sound = new SpeechSound();
            sound.onHead("application/octet-stream");
            assertThat(decoded(sound, body.getBytes(StandardCharsets.US_ASCII), cut))
                    .isEmpty();
            assertThat(sound.complaint()).isEqualTo("the speech is " + format + " (expected: pcm or wav)");
        }
    }

    @Test
    void aWavThatIsNoneIsNamed() {
        SpeechSound sound = new SpeechSound();
        decoded(sound, "RIFFxxxxWAVX".getBytes(StandardCharsets.US_ASCII), 12);
        assertThat(sound.complaint()).startsWith("the speech is no sound: ");
    }

    private static void checkAllCuts(String contentType, byte[] body, byte[] expected) {
        for (int piece = 1; piece <= body.length; piece += piece < 60 ? 1 : 37) {
            SpeechSound sound = new SpeechSound();
            sound.onHead(contentType);
            assertThat(decoded(sound, body, piece)).as("in pieces of %d", piece).isEqualTo(expected);
            assertThat(sound.complaint()).isNull();
        }
    }

    private static byte[] decoded(SpeechSound sound, byte[] body, int pieceBytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Cuts.every(pieceBytes, body, Cuts.Memory.DIRECT, piece -> {
            take(sound.feed(piece), out);
            piece.skipBytes(piece.readableBytes());
        });
        take(sound.end(), out);
        return out.toByteArray();
    }

    private static void take(ByteBuf samples, ByteArrayOutputStream out) {
        assertThat(samples.readableBytes() % 2).isZero();
        byte[] copy = new byte[samples.readableBytes()];
        samples.readBytes(copy);
        samples.release();
        out.writeBytes(copy);
    }
}
