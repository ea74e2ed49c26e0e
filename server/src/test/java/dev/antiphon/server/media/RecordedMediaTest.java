package dev.antiphon.server.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Pcm16;
import dev.antiphon.audio.Wav;
import dev.antiphon.container.Container;
import dev.antiphon.container.OggReader;
import dev.antiphon.container.OpusHead;
import dev.antiphon.container.OpusListener;
import dev.antiphon.container.WebmReader;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What real browsers recorded of {@code speech.wav}: Chromium's WebM and Firefox's Ogg, made by
 * {@code src/test/browser/record.mjs}; and the same from ffmpeg.
 */
@ExtendWith(NoBufferLeaks.class)
class RecordedMediaTest {
    private static final short[] SPEECH = Pcm16.samplesOf(Wav.read(resource("speech.wav")));
    private static final int MOST_SHIFT_SAMPLES = 24_000 / 5;

    @ParameterizedTest
    @CsvSource({
        "chromium-speech.webm, WEBM, 0.97",
        "chromium-speech-16k.webm, WEBM, 0.95",
        "firefox-speech.ogg, OGG, 0.97",
        "ffmpeg-remuxed.ogg, OGG, 0.97",
        "ffmpeg-speech.ogg, OGG, 0.93", // mostly SILK, which keeps the spectrum rather than the wave
    })
    void aRecordingIsWhatWasPlayed(String name, Container container, double similarity) {
        ByteBuf file = Unpooled.wrappedBuffer(resource(name));

        AudioClip clip = SpokenFile.read(file, 60, () -> false);

        assertThat(SpokenFiles.kindOf(file)).isEqualTo(container);
        short[] heard = Pcm16.samplesOf(clip);
        double found = similarity(heard, bestShift(heard));
        assertThat(found).as("similarity of " + clip).isGreaterThan(similarity);
        assertThat(clip.format().sampleRateHz()).isEqualTo(24_000);
    }

    @Test
    void aFileWithLengthAndTrimIsAsLongAsWhatWasEncodedAndNotShifted() {
        AudioClip clip = SpokenFile.read(Unpooled.wrappedBuffer(resource("ffmpeg-speech.ogg")), 60, () -> false);

        short[] heard = Pcm16.samplesOf(clip);
        assertThat(heard).hasSameSizeAs(SPEECH);
        assertThat(bestShift(heard)).as("shift in samples").isBetween(-3, 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chromium-speech.webm", "chromium-speech-16k.webm", "firefox-speech.ogg"})
    void theBrowsersOwnPiecesAreReadAsTheyCame(String name) {
        byte[] file = resource(name);
        List<String> whole = packets(name, feed -> feed.accept(Unpooled.wrappedBuffer(file)));
        String pieces = new String(resource(name + ".pieces"), StandardCharsets.US_ASCII).strip();

        List<String> pushed = packets(name, feed -> {
            int at = 0;
            for (String piece : pieces.split(",", -1)) {
                int bytes = Integer.parseInt(piece);
                feed.accept(Unpooled.wrappedBuffer(file, at, bytes));
                at += bytes;
            }
            assertThat(at).isEqualTo(file.length);
        });

        assertThat(pushed).isEqualTo(whole).hasSizeGreaterThan(40);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chromium-speech.webm", "firefox-speech.ogg", "ffmpeg-speech.ogg"})
    void everyCutGivesTheSamePackets(String name) {
        byte[] file = resource(name);
        int whole =
                packets(name, feed -> feed.accept(Unpooled.wrappedBuffer(file))).hashCode();

        for (int cut = 1; cut < file.length; cut++) {
            int at = cut;
            int cutInTwo = packets(name, feed -> {
                        feed.accept(Unpooled.wrappedBuffer(file, 0, at));
                        feed.accept(Unpooled.wrappedBuffer(file, at, file.length - at));
                    })
                    .hashCode();
            assertThat(cutInTwo).as("cut at %d", at).isEqualTo(whole);
        }
        int byteByByte = packets(name, feed -> {
                    for (int i = 0; i < file.length; i++) feed.accept(Unpooled.wrappedBuffer(file, i, 1));
                })
                .hashCode();
        assertThat(byteByByte).isEqualTo(whole);
    }

    /** At any rate below 48 kHz the decoder would give zeros for these, and say nothing. RFC 6716 §3.1: 12 to 15. */
    @ParameterizedTest
    @ValueSource(strings = {"chromium-speech.webm", "chromium-speech-16k.webm"})
    void packetsInHybridModeAreHeard(String name) {
        byte[] file = resource(name);
        List<String> packets = packets(name, feed -> feed.accept(Unpooled.wrappedBuffer(file)));
        assertThat(packets.subList(1, packets.size()))
                .allSatisfy(packet -> assertThat(Integer.parseInt(packet.substring(0, 2), 16) >> 3)
                        .isBetween(12, 15));

        short[] heard = Pcm16.samplesOf(SpokenFile.read(Unpooled.wrappedBuffer(file), 60, () -> false));

        assertThat(energy(heard, 0, heard.length)).isGreaterThan(0.8 * energy(SPEECH, 0, SPEECH.length));
    }

    @Test
    void aBrokenOffRecordingIsHeardAsFarAsItGoes() {
        byte[] file = resource("chromium-speech.webm");

        AudioClip half = SpokenFile.read(Unpooled.wrappedBuffer(file, 0, file.length / 2), 60, () -> false);

        assertThat(half.millis()).isBetween(1_000L, 1_700L);
    }

    static byte[] resource(String name) {
        try (InputStream in =
                Objects.requireNonNull(RecordedMediaTest.class.getResourceAsStream("/media/" + name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<String> packets(String name, Consumer<Consumer<ByteBuf>> feeding) {
        List<String> heard = new ArrayList<>();
        OpusListener listener = new OpusListener() {
            @Override
            public void onHead(OpusHead head) {
                heard.add(head.toString());
            }

            @Override
            public void onPacket(ByteBuf packet) {
                heard.add(ByteBufUtil.hexDump(packet));
            }

            @Override
            public void onTrim(long samples) {}
        };
        if (name.endsWith("webm")) {
            WebmReader reader = new WebmReader(listener);
            feeding.accept(reader::feed);
            reader.end();
        } else {
            OggReader reader = new OggReader(listener);
            feeding.accept(reader::feed);
            reader.end();
        }
        return heard;
    }

    /** By which shift the middle of the speech is found best, among all that a recorder's start may bring. */
    private static int bestShift(short[] heard) {
        int best = 0;
        double most = 0;
        for (int shift = -MOST_SHIFT_SAMPLES; shift <= MOST_SHIFT_SAMPLES; shift++) {
            double similar = similarity(heard, shift);
            if (similar <= most) continue;
            most = similar;
            best = shift;
        }
        return best;
    }

    private static double similarity(short[] heard, int shift) {
        int from = Math.max(0, -shift) + 4_800;
        int to = Math.min(SPEECH.length, heard.length - shift) - 4_800;
        double both = 0;
        double one = 0;
        double other = 0;
        for (int i = from; i < to; i++) {
            both += (double) SPEECH[i] * heard[i + shift];
            one += (double) SPEECH[i] * SPEECH[i];
            other += (double) heard[i + shift] * heard[i + shift];
        }
        return both / Math.sqrt(one * other);
    }

    private static double energy(short[] samples, int from, int to) {
        return Arrays.stream(toInts(samples, from, to))
                .mapToDouble(s -> (double) s * s)
                .sum();
    }

    private static int[] toInts(short[] samples, int from, int to) {
        int[] ints = new int[to - from];
        for (int i = from; i < to; i++) ints[i - from] = samples[i];
        return ints;
    }
}
