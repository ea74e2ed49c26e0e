package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class InputAudioTest {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    private static final int MAX_BYTES = 1 << 20;

    private final InputAudio audio = new InputAudio(FORMAT, MAX_BYTES);

    /** The plainest buffer there is: everything ever appended, and where it begins to count. */
    private static final class Model {
        private byte[] all = {};
        private int start;

        void append(byte[] bytes) {
            int end = all.length;
            all = Arrays.copyOf(all, end + bytes.length);
            System.arraycopy(bytes, 0, all, end, bytes.length);
        }

        byte[] take(int fromByte, int toByte) {
            int from = Math.min(Math.max(fromByte, start), all.length);
            start = Math.max(from, Math.min(toByte, all.length));
            return Arrays.copyOfRange(all, from, start);
        }

        void dropBefore(int toByte) {
            start = Math.max(start, Math.min(toByte, all.length));
        }
    }

    @Test
    void whateverIsAppendedDroppedAndTakenIsWhatAnEndlessBufferHolds() {
        for (int seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            InputAudio tried = new InputAudio(FORMAT, MAX_BYTES);
            Model model = new Model();
            for (int step = 0; step < 300; step++) {
                int end = model.all.length;
                switch (random.nextInt(12)) {
                    case 0 -> {
                        int from = 2 * random.nextInt(end / 2 + 1);
                        int to = 2 * random.nextInt(end / 2 + 2000);
                        assertThat(taken(tried, from / 2, to / 2)).isEqualTo(model.take(from, to));
                    }
                    case 1, 2, 3, 4 -> {
                        int to = Math.max(0, end - 2 * random.nextInt(40_000));
                        tried.dropBefore(to / 2);
                        model.dropBefore(to);
                    }
                    default -> {
                        byte[] pcm = new byte[2 * random.nextInt(random.nextInt(20) == 0 ? 60_000 : 3_000)];
                        random.nextBytes(pcm);
                        assertThat(tried.append(Unpooled.wrappedBuffer(pcm))).isTrue();
                        model.append(pcm);
                    }
                }
                assertThat(tried.startSample()).isEqualTo(model.start / 2);
                assertThat(tried.endSample()).isEqualTo(model.all.length / 2);
            }
            assertThat(taken(tried, 0, Long.MAX_VALUE)).isEqualTo(model.take(0, Integer.MAX_VALUE));
        }
    }

    @Test
    void whatDoesNotFitChangesNothing() {
        assertThat(audio.append(Unpooled.wrappedBuffer(new byte[MAX_BYTES - 2])))
                .isTrue();
        assertThat(audio.append(Unpooled.wrappedBuffer(new byte[4]))).isFalse();
        assertThat(audio.samples()).isEqualTo(MAX_BYTES / 2 - 1);
        assertThat(audio.append(Unpooled.wrappedBuffer(new byte[2]))).isTrue();
    }

    @Test
    void aCallerWhoIsQuietAllocatesNothing() {
        ByteBuf frame = Unpooled.wrappedBuffer(new byte[960]);
        long kept = FORMAT.samplesInMillis(1_300);
        assertThat(Allocation.bytesOfManyCalls(() -> {
                    audio.append(frame);
                    audio.dropBefore(audio.endSample() - kept);
                }))
                .isZero();
    }

    @Test
    void aTurnThatGrowsAndGoesAllocatesNothingButItsClip() {
        ByteBuf frame = Unpooled.wrappedBuffer(new byte[960]);
        Runnable turn = () -> {
            for (int i = 0; i < 150; i++) audio.append(frame);
            audio.dropBefore(audio.endSample());
        };
        assertThat(Allocation.bytesOfManyCalls(turn)).isZero();
    }

    @Test
    void whatWasClosedIsEmptyAndGoesOnFromThere() {
        audio.append(Unpooled.wrappedBuffer(new byte[40_000]));
        audio.close();
        assertThat(audio.samples()).isZero();
        assertThat(audio.startSample()).isEqualTo(20_000);
        assertThat(taken(audio, 0, Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void twoCallersOfOneThreadDoNotHearEachOther() {
        InputAudio other = new InputAudio(FORMAT, MAX_BYTES);
        for (int i = 0; i < 60; i++) {
            audio.append(Unpooled.wrappedBuffer(filled(1)));
            other.append(Unpooled.wrappedBuffer(filled(2)));
            if (i % 7 == 0) audio.dropBefore(audio.endSample() - 3_000);
        }
        assertThat(taken(audio, 0, Long.MAX_VALUE)).containsOnly(1);
        assertThat(taken(other, 0, Long.MAX_VALUE)).containsOnly(2);
    }

    private static byte[] taken(InputAudio audio, long fromSample, long toSample) {
        try (AudioClip clip = audio.take(fromSample, toSample)) {
            return clip.toByteArray();
        }
    }

    private static byte[] filled(int value) {
        byte[] pcm = new byte[2_000];
        Arrays.fill(pcm, (byte) value);
        return pcm;
    }
}
