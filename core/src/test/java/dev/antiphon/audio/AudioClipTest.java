package dev.antiphon.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.lang.ref.Cleaner;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class AudioClipTest {
    private static final byte[] PCM = pcm(20_000);

    private final AudioClip onHeap = AudioClip.of(24_000, PCM);
    private ByteBuf memory = Unpooled.EMPTY_BUFFER;
    private AudioClip outside = AudioClip.owning(24_000, memory);

    @BeforeEach
    void open() {
        memory = PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(PCM);
        outside = AudioClip.owning(24_000, memory);
    }

    @AfterEach
    void close() {
        outside.close();
    }

    @Test
    void whereItsMemoryLiesMakesNoDifference() {
        assertThat(outside).isEqualTo(onHeap).hasSameHashCodeAs(onHeap);
        for (AudioClip clip : new AudioClip[] {onHeap, outside}) {
            assertThat(clip.bytes()).isEqualTo(PCM.length);
            assertThat(clip.samples()).isEqualTo(PCM.length / 2);
            assertThat(clip.toByteArray()).isEqualTo(PCM);
            byte[] part = new byte[700];
            clip.copyBytes(12_345, part, 100, 600);
            assertThat(Arrays.copyOfRange(part, 100, 700)).isEqualTo(Arrays.copyOfRange(PCM, 12_345, 12_945));
        }
    }

    @Test
    void itsBase64IsThatOfItsBytesFromAnyPosition() {
        for (int offset : new int[] {0, 2, 44, 3 * 5_000, PCM.length - 2, PCM.length}) {
            String expected = Base64.getEncoder().encodeToString(Arrays.copyOfRange(PCM, offset, PCM.length));
            assertThat(base64(onHeap, offset)).isEqualTo(expected);
            assertThat(base64(outside, offset)).isEqualTo(expected);
        }
    }

    @Test
    void beingReadDoesNotMoveIt() {
        for (int times = 0; times < 2; times++) {
            ByteBuf out = Unpooled.buffer();
            outside.appendTo(out);
            assertThat(out).isEqualTo(Unpooled.wrappedBuffer(PCM));
        }
    }

    @Nested
    class Closed {
        @Test
        void itsMemoryIsGivenBackOnce() {
            outside.close();
            outside.close();
            assertThat(memory.refCnt()).isZero();
        }

        @Test
        void nobodyReadsItAnyMore() {
            outside.close();
            ByteBuf nextOwners =
                    PooledByteBufAllocator.DEFAULT.directBuffer(PCM.length).writeZero(PCM.length);
            assertThatIllegalStateException().isThrownBy(outside::toByteArray).withMessageContaining("closed");
            assertThat(outside).isNotEqualTo(onHeap);
            nextOwners.release();
        }

        @Test
        void whoIsReadingMayFinish() {
            ClipMemory read = ClipMemory.owning(
                    PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(PCM));
            Cleaner.Cleanable owner = read.ownedBy(this);
            read.read(pcm -> {
                owner.clean();
                assertThat(pcm).isEqualTo(Unpooled.wrappedBuffer(PCM));
            });
            assertThatIllegalStateException().isThrownBy(() -> read.read(pcm -> {}));
        }

        @Test
        void itStillSaysHowLongItWas() {
            outside.close();
            assertThat(outside.bytes()).isEqualTo(PCM.length);
            assertThat(outside).hasToString("AudioClip[416 ms, 24000 Hz]");
        }

        @Test
        void aClipOnTheHeapStaysAsItIs() {
            onHeap.close();
            assertThat(onHeap.toByteArray()).isEqualTo(PCM);
        }
    }

    @Test
    void halfASampleIsNoAudio() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AudioClip.of(24_000, new byte[3]))
                .withMessageContaining("3 bytes");
    }

    private static String base64(AudioClip clip, int offset) {
        ByteBuf out = Unpooled.buffer();
        clip.encodeBase64(offset, out);
        return out.toString(StandardCharsets.US_ASCII);
    }

    private static byte[] pcm(int bytes) {
        byte[] pcm = new byte[bytes];
        new Random(7).nextBytes(pcm);
        return pcm;
    }
}
