package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Wav;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class TranscriptionRequestWriterTest {
    private static final AudioClip CLIP = AudioClip.of(16_000, new byte[] {1, 2, 3, 4});

    /** @param body one char a byte */
    private record Written(String boundary, String body) {}

    @Test
    void theBodyIsWhatTheEndpointReads() {
        Written written = write(1, request("gpt-4o-transcribe", CLIP, "de", "Antiphon, Händel"));
        String b = written.boundary();
        assertThat(b).matches("antiphon-[a-z2-7]{32}");
        assertThat(written.body())
                .isEqualTo("--" + b + "\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt-4o-transcribe\r\n"
                        + "--" + b + "\r\nContent-Disposition: form-data; name=\"language\"\r\n\r\nde\r\n"
                        + "--" + b + "\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n"
                        + bytes("Antiphon, Händel".getBytes(StandardCharsets.UTF_8)) + "\r\n"
                        + "--" + b + "\r\nContent-Disposition: form-data; name=\"response_format\"\r\n\r\njson\r\n"
                        + "--" + b + "\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n"
                        + "--" + b + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"audio.wav\"\r\n"
                        + "Content-Type: audio/wav\r\n\r\n" + bytes(Wav.write(CLIP)) + "\r\n"
                        + "--" + b + "--\r\n");
    }

    @Test
    void whisperIsNotAskedToStreamAndWhatIsUnsaidIsLeftOut() {
        assertThat(write(1, request("whisper-1", CLIP, null, null)).body())
                .doesNotContain("name=\"stream\"")
                .doesNotContain("name=\"language\"")
                .doesNotContain("name=\"prompt\"")
                .contains("name=\"model\"\r\n\r\nwhisper-1\r\n");
    }

    @Test
    void theBoundaryStandsInNoText() {
        String first = write(7, request("gpt-4o-transcribe", CLIP, null, null)).boundary();
        String prompt = "\r\n--" + first + "--\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nanother";
        Written written = write(7, request("gpt-4o-transcribe", CLIP, null, prompt));
        assertThat(written.boundary()).isNotEqualTo(first);
        assertThat(partsOf(written)).isEqualTo(5);
        assertThat(written.body()).contains("name=\"prompt\"\r\n\r\n" + prompt + "\r\n--" + written.boundary());
    }

    @Test
    void theBoundaryStandsInNoSound() {
        String first = write(9, request("gpt-4o-transcribe", CLIP, null, null)).boundary();
        for (int before = 0; before < 2; before++) {
            // An odd length must not hide it, nor may its place.
            String pcm = "\r\r\n-".repeat(500) + "x".repeat(before) + "\r\n--" + first + "y".repeat(before);
            byte[] samples = (pcm.length() % 2 == 0 ? pcm : pcm + "z").getBytes(StandardCharsets.US_ASCII);
            Written written = write(9, request("gpt-4o-transcribe", AudioClip.of(24_000, samples), null, null));
            assertThat(written.boundary()).isNotEqualTo(first);
            assertThat(partsOf(written)).isEqualTo(4);
        }
    }

    @Test
    void aPieceOfTheBoundaryAtTheEndOfTheSoundIsNone() {
        String first = write(3, request("gpt-4o-transcribe", CLIP, null, null)).boundary();
        byte[] samples = ("xx\r\n--" + first.substring(0, 20)).getBytes(StandardCharsets.US_ASCII);
        Written written = write(3, request("gpt-4o-transcribe", AudioClip.of(24_000, samples), null, null));
        assertThat(written.boundary()).isEqualTo(first);
    }

    @Test
    void whatStoodInTheBufferBeforeStays() {
        ByteBuf out = PooledByteBufAllocator.DEFAULT.buffer();
        try {
            out.writeByte('>');
            new TranscriptionRequestWriter().write(request("whisper-1", CLIP, null, null), out);
            assertThat(out.getByte(0)).isEqualTo((byte) '>');
            assertThat(out.getByte(1)).isEqualTo((byte) '-');
        } finally {
            out.release();
        }
    }

    @Test
    void twoRequestsHaveTwoBoundaries() {
        TranscriptionRequestWriter writer = new TranscriptionRequestWriter();
        ByteBuf out = PooledByteBufAllocator.DEFAULT.buffer();
        try {
            String first = writer.write(request("whisper-1", CLIP, null, null), out);
            assertThat(writer.write(request("whisper-1", CLIP, null, null), out))
                    .isNotEqualTo(first);
        } finally {
            out.release();
        }
    }

    @Test
    void anySoundArrivesAsItIs() {
        byte[] samples = new byte[100_000];
        new Random(5).nextBytes(samples);
        AudioClip clip = AudioClip.of(24_000, samples);
        assertThat(write(5, request("gpt-4o-transcribe", clip, null, null)).body())
                .contains("audio/wav\r\n\r\n" + bytes(Wav.write(clip)) + "\r\n--antiphon-");
    }

    private static int partsOf(Written written) {
        return written.body().split("--" + written.boundary() + "\r\n", -1).length - 1;
    }

    private static TranscriptionRequest request(
            String model, AudioClip clip, @Nullable String language, @Nullable String prompt) {
        return new TranscriptionRequest(model, clip, language, prompt);
    }

    private static Written write(long seed, TranscriptionRequest request) {
        ByteBuf out = PooledByteBufAllocator.DEFAULT.buffer();
        try {
            String contentType = new TranscriptionRequestWriter(new SplittableRandom(seed)).write(request, out);
            String prefix = "multipart/form-data; boundary=";
            assertThat(contentType).startsWith(prefix);
            return new Written(contentType.substring(prefix.length()), out.toString(StandardCharsets.ISO_8859_1));
        } finally {
            out.release();
        }
    }

    private static String bytes(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
