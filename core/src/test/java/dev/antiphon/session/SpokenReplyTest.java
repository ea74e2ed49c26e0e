package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.AudioFormat.Encoding;
import dev.antiphon.audio.G711;
import dev.antiphon.audio.Resampler;
import dev.antiphon.audio.TimeStretch;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.SessionSettings.Output;
import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(NoBufferLeaks.class)
class SpokenReplyTest {
    private static final ByteBufAllocator ALLOCATOR = ByteBufAllocator.DEFAULT;
    private static final AudioFormat PCM = AudioFormat.PCM16_24KHZ;
    private static final List<AudioFormat> FORMATS =
            List.of(PCM, AudioFormat.MULAW_8KHZ, AudioFormat.ALAW_8KHZ, AudioFormat.pcm16(16_000));

    @Test
    void theModelsOwnFormatAtItsOwnSpeedIsTheSameBuffer() {
        SpokenReply reply = new SpokenReply(output(PCM, 1));
        ByteBuf pcm = speech(480);
        ByteBuf sent = reply.onSpoken(pcm);
        assertThat(sent).isSameAs(pcm);
        assertThat(sent.refCnt()).isEqualTo(1);
        assertThat(reply.generatedSamples()).isEqualTo(480);
        assertThat(reply.sentSamples()).isEqualTo(480);
        assertThat(reply.flush().isReadable()).isFalse();
        sent.release();
    }

    @Test
    void theModelsOwnFormatAtItsOwnSpeedAllocatesNothing() {
        SpokenReply reply = new SpokenReply(output(PCM, 1));
        ByteBuf pcm = speech(480);
        assertThat(Allocation.bytesOfManyCalls(() -> reply.onSpoken(pcm))).isZero();
        pcm.release();
    }

    @ParameterizedTest(name = "{0} at speed {1}")
    @MethodSource("everyFormatAtEverySpeed")
    void aReplyIsStretchedThenResampledThenCompanded(AudioFormat format, double speed) {
        assertThat(sent(output(format, speed), 12_345)).isEqualTo(expected(format, speed, 12_345));
    }

    @ParameterizedTest(name = "{0} at speed {1}")
    @MethodSource("everyFormatAtEverySpeed")
    void theSameBytesAreSentHoweverTheReplyIsCut(AudioFormat format, double speed) {
        byte[] whole = sent(output(format, speed), 2_400);
        for (int cut = 0; cut <= 2_400; cut += 3) {
            assertThat(sent(output(format, speed), 2_400, cut)).isEqualTo(whole);
        }
        int[] everywhere = new int[2_400];
        for (int i = 0; i < everywhere.length; i++) everywhere[i] = i;
        assertThat(sent(output(format, speed), 2_400, everywhere)).isEqualTo(whole);
    }

    @ParameterizedTest(name = "{0} at speed {1}")
    @MethodSource("everyFormatAtEverySpeed")
    void neverMoreIsSentThanGeneratedAndInTheEndItIsTheSame(AudioFormat format, double speed) {
        for (int pieceSamples : new int[] {1, 7, 479, 480, 481, 5_000}) {
            SpokenReply reply = new SpokenReply(output(format, speed));
            long bytes = 0;
            for (int spoken = 0; spoken < 10_000; spoken += pieceSamples) {
                bytes += sizeOf(reply.onSpoken(speech(pieceSamples)));
                assertThat(reply.sentSamples()).isLessThanOrEqualTo(reply.generatedSamples());
            }
            bytes += sizeOf(reply.flush());
            assertThat(reply.sentSamples()).isEqualTo(reply.generatedSamples());
            assertThat(reply.sentSamples()).isEqualTo(format.samplesIn(bytes) * 24_000 / format.sampleRateHz());
        }
    }

    @ParameterizedTest(name = "{0} at speed {1}")
    @MethodSource("everyFormatAtEverySpeed")
    void whatWasDroppedCountsAsGenerated(AudioFormat format, double speed) {
        SpokenReply reply = new SpokenReply(output(format, speed));
        sizeOf(reply.onSpoken(speech(24_000)));
        reply.onDropped(42_000);
        assertThat(reply.generatedSamples()).isEqualTo((long) (45_000 / speed));
        assertThat(reply.sentSamples()).isLessThanOrEqualTo((long) (24_000 / speed));
    }

    @Test
    void aReplyWithoutSoundHasNoRest() {
        assertThat(new SpokenReply(output(AudioFormat.ALAW_8KHZ, 0.5)).flush().isReadable())
                .isFalse();
    }

    static Stream<Arguments> everyFormatAtEverySpeed() {
        return FORMATS.stream().flatMap(format -> Stream.of(0.5, 1.0, 1.5).map(speed -> Arguments.of(format, speed)));
    }

    private static Output output(AudioFormat format, double speed) {
        return new Output(Modality.AUDIO, format, "alloy", speed);
    }

    private static byte[] sent(Output output, int samples, int... cuts) {
        SpokenReply reply = new SpokenReply(output);
        ByteBuf pcm = speech(samples);
        ByteBuf all = ALLOCATOR.buffer();
        int from = 0;
        for (int cut : cuts) {
            append(reply.onSpoken(pcm.retainedSlice(2 * from, 2 * (cut - from))), all);
            from = cut;
        }
        append(reply.onSpoken(pcm.retainedSlice(2 * from, 2 * (samples - from))), all);
        append(reply.flush(), all);
        pcm.release();
        return taken(all);
    }

    private static byte[] expected(AudioFormat format, double speed, int samples) {
        ByteBuf pcm = speech(samples);
        ByteBuf stretched = ALLOCATOR.buffer();
        TimeStretch stretch = new TimeStretch(speed);
        stretch.feed(pcm, stretched);
        stretch.flush(stretched);
        pcm.release();
        AudioClip clip = Resampler.resample(AudioClip.of(24_000, taken(stretched)), format.sampleRateHz());
        if (format.encoding() == Encoding.PCM16) return clip.toByteArray();
        ByteBuf linear = ALLOCATOR.buffer();
        clip.appendTo(linear);
        ByteBuf codes = ALLOCATOR.buffer();
        G711.encode(format.encoding(), linear, codes);
        linear.release();
        return taken(codes);
    }

    private static ByteBuf speech(int samples) {
        ByteBuf pcm = ALLOCATOR.buffer();
        for (int i = 0; i < samples; i++) {
            pcm.writeShortLE((int) (8_000 * Math.sin(i * 0.04) + 3_000 * Math.sin(i * 0.17)));
        }
        return pcm;
    }

    private static int sizeOf(ByteBuf given) {
        int bytes = given.readableBytes();
        given.release();
        return bytes;
    }

    private static void append(ByteBuf given, ByteBuf all) {
        all.writeBytes(given);
        given.release();
    }

    private static byte[] taken(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        buffer.release();
        return bytes;
    }
}
