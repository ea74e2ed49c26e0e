package dev.antiphon.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteScanTest {
    @Test
    void findsWhatALoopFindsInRandomBytes() {
        Random random = new Random(1);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(120)];
            int spread = 1 + random.nextInt(256);
            for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (255 - random.nextInt(spread));
            int bound = 1 + random.nextInt(128);
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length - from + 1);
            assertThat(ByteScan.firstBelow(bytes, from, to, bound)).isEqualTo(loop(bytes, from, to, bound));
        }
    }

    @Test
    void findsEveryPositionAndNothingElse() {
        for (int length = 0; length < 100; length++) {
            byte[] bytes = new byte[length];
            java.util.Arrays.fill(bytes, (byte) 14);
            assertThat(ByteScan.firstBelow(bytes, 0, length, 14)).isEqualTo(length);
            for (int at = 0; at < length; at++) {
                bytes[at] = 13;
                assertThat(ByteScan.firstBelow(bytes, 0, length, 14)).isEqualTo(at);
                bytes[at] = (byte) 0x8D;
                assertThat(ByteScan.firstBelow(bytes, 0, length, 14)).isEqualTo(length);
                bytes[at] = 14;
            }
        }
    }

    private static int loop(byte[] bytes, int from, int to, int bound) {
        for (int at = from; at < to; at++) {
            if ((bytes[at] & 0xff) < bound) return at;
        }
        return to;
    }
}
