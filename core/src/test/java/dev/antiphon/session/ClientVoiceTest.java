package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.AudioFormat.Encoding;
import dev.antiphon.audio.G711;
import dev.antiphon.audio.Resampler;
import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

@ExtendWith(NoBufferLeaks.class)
class ClientVoiceTest {
    private static final ByteBufAllocator ALLOCATOR = ByteBufAllocator.DEFAULT;
    private static final AudioFormat PCM = AudioFormat.PCM16_24KHZ;

    @Test
    void pcm16At24KilohertzIsTheSameBuffer() {
        ClientVoice voice = new ClientVoice();
        ByteBuf audio = ALLOCATOR.buffer().writeBytes(bytes(960));
        ByteBuf pcm = voice.hear(PCM, audio);
        assertThat(pcm).isSameAs(audio);
        assertThat(pcm.refCnt()).isEqualTo(2);
        pcm.release();
        audio.release();
        assertThat(voice.flush().isReadable()).isFalse();
    }

    @Test
    void pcm16At24KilohertzAllocatesNothing() {
        ClientVoice voice = new ClientVoice();
        ByteBuf audio = ALLOCATOR.buffer().writeBytes(bytes(960));
        assertThat(Allocation.bytesOfManyCalls(() -> voice.hear(PCM, audio).release()))
                .isZero();
        audio.release();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "PCM16")
    void g711IsExpandedAndHeardAt24Kilohertz(Encoding law) {
        byte[] codes = bytes(1_601);
        assertThat(heard(new ClientVoice(), law, codes)).isEqualTo(expected(law, codes));
        assertThat(heard(new ClientVoice(), law, codes)).hasSize(3 * 1_601 * 2);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "PCM16")
    void theSameSamplesAreHeardHoweverTheyAreCut(Encoding law) {
        byte[] codes = bytes(333);
        byte[] whole = heard(new ClientVoice(), law, codes);
        for (int cut = 0; cut <= codes.length; cut++) {
            assertThat(heard(new ClientVoice(), law, codes, cut)).isEqualTo(whole);
        }
        int[] everywhere = new int[codes.length];
        for (int i = 0; i < codes.length; i++) everywhere[i] = i;
        assertThat(heard(new ClientVoice(), law, codes, everywhere)).isEqualTo(whole);
    }

    @Test
    void afterAFlushAStreamBeginsAnew() {
        ClientVoice voice = new ClientVoice();
        byte[] codes = bytes(500);
        assertThat(heard(voice, Encoding.MULAW, codes)).isEqualTo(heard(voice, Encoding.MULAW, codes));
    }

    @Test
    void anotherFormatBeginsAnew() {
        ClientVoice voice = new ClientVoice();
        byte[] codes = bytes(500);
        hearAndForget(voice, AudioFormat.MULAW_8KHZ, bytes(700));
        assertThat(heard(voice, Encoding.ALAW, codes)).isEqualTo(expected(Encoding.ALAW, codes));
        hearAndForget(voice, AudioFormat.ALAW_8KHZ, bytes(700));
        hearAndForget(voice, PCM, bytes(480));
        assertThat(heard(voice, Encoding.ALAW, codes)).isEqualTo(expected(Encoding.ALAW, codes));
    }

    @Test
    void resetForgetsWhatWaits() {
        ClientVoice voice = new ClientVoice();
        hearAndForget(voice, AudioFormat.MULAW_8KHZ, bytes(700));
        voice.reset();
        byte[] codes = bytes(500);
        assertThat(heard(voice, Encoding.MULAW, codes)).isEqualTo(expected(Encoding.MULAW, codes));
    }

    @Test
    void pcm16AtAnotherRateIsResampled() {
        byte[] pcm = bytes(3_200);
        ByteBuf audio = ALLOCATOR.buffer().writeBytes(pcm);
        ByteBuf all = ALLOCATOR.buffer();
        ClientVoice voice = new ClientVoice();
        append(voice.hear(AudioFormat.pcm16(16_000), audio), all);
        append(voice.flush(), all);
        assertThat(taken(all))
                .isEqualTo(Resampler.resample(AudioClip.of(16_000, pcm), 24_000).toByteArray());
        audio.release();
    }

    private static void hearAndForget(ClientVoice voice, AudioFormat format, byte[] bytes) {
        ByteBuf audio = ALLOCATOR.buffer().writeBytes(bytes);
        voice.hear(format, audio).release();
        audio.release();
    }

    private static byte[] heard(ClientVoice voice, Encoding law, byte[] codes, int... cuts) {
        AudioFormat format = new AudioFormat(law, 8_000);
        ByteBuf audio = ALLOCATOR.buffer().writeBytes(codes);
        ByteBuf all = ALLOCATOR.buffer();
        int from = 0;
        for (int cut : cuts) {
            append(voice.hear(format, audio.slice(from, cut - from)), all);
            from = cut;
        }
        append(voice.hear(format, audio.slice(from, codes.length - from)), all);
        append(voice.flush(), all);
        assertThat(audio.readableBytes()).as("lent").isEqualTo(codes.length);
        audio.release();
        return taken(all);
    }

    private static byte[] expected(Encoding law, byte[] codes) {
        ByteBuf in = ALLOCATOR.buffer().writeBytes(codes);
        ByteBuf pcm = ALLOCATOR.buffer();
        G711.decode(law, in, pcm);
        in.release();
        return Resampler.resample(AudioClip.of(8_000, taken(pcm)), 24_000).toByteArray();
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

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }
}
