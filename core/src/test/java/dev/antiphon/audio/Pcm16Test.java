package dev.antiphon.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(NoBufferLeaks.class)
class Pcm16Test {
    @Test
    void aClipHoldsItsSamplesLittleEndian() {
        AudioClip clip = Pcm16.clipOf(16_000, new short[] {0x1234, -2, Short.MIN_VALUE});
        assertThat(clip.toByteArray()).isEqualTo(new byte[] {0x34, 0x12, (byte) 0xFE, (byte) 0xFF, 0, (byte) 0x80});
        assertThat(clip.format()).isEqualTo(AudioFormat.pcm16(16_000));
    }

    @Test
    void everySampleComesBackFromAClip() {
        short[] samples = new short[1 << Short.SIZE];
        for (int i = 0; i < samples.length; i++) samples[i] = (short) i;
        assertThat(Pcm16.samplesOf(Pcm16.clipOf(8_000, samples))).isEqualTo(samples);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "32767, 32767", "32768, 32767", "-32768, -32768", "-32769, -32768", "2147483647, 32767"})
    void whatIsTooLoudIsClipped(int value, short expected) {
        assertThat(Pcm16.clip(value)).isEqualTo(expected);
    }

    @Test
    void onlyReadableBytesCountAndHalfASampleIsRefused() {
        ByteBuf pcm = ByteBufAllocator.DEFAULT.buffer().writeZero(6).skipBytes(2);
        try {
            assertThat(Pcm16.samplesIn(pcm)).isEqualTo(2);
            pcm.skipBytes(1);
            assertThatThrownBy(() -> Pcm16.samplesIn(pcm))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("pcm: 3 bytes (expected: a multiple of 2, PCM16 little-endian)");
        } finally {
            pcm.release();
        }
    }
}
