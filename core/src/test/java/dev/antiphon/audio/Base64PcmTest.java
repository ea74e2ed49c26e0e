package dev.antiphon.audio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class Base64PcmTest {
    private final Random random = new Random(64);
    private ByteBuf out = Unpooled.EMPTY_BUFFER;

    @BeforeEach
    void openOut() {
        out = PooledByteBufAllocator.DEFAULT.directBuffer();
    }

    @AfterEach
    void releaseOut() {
        out.release();
    }

    @Test
    void encodesEveryLengthAsTheJdkDoes() {
        for (int length = 0; length < 400; length++) encodesAsTheJdk(length);
        for (int length = 3_000; length < 3_200; length++) encodesAsTheJdk(length);
        encodesAsTheJdk(19_200);
        encodesAsTheJdk(100_001);
    }

    @Test
    void decodesEveryLengthAsTheJdkDoes() {
        for (int length = 0; length < 400; length++) decodesAsTheJdk(length);
        for (int length = 3_000; length < 3_200; length++) decodesAsTheJdk(length);
        decodesAsTheJdk(19_200);
        decodesAsTheJdk(100_001);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A", "AAAAA", "====", "=", "A=", "AA=", "AAA==", "AA=A", "AAAA=", "AA==A", "AA===", "A-_A", "AA A",
                "AA\nA"
            })
    void whatIsNoBase64IsRefusedAndLeavesNothing(String text) {
        out.writeByte(7);
        assertThat(decode(text)).isFalse();
        assertThat(out.readableBytes()).isEqualTo(1);
    }

    @Test
    void everyByteOutsideTheAlphabetIsRefusedWhereverItStands() {
        byte[] good = Base64.getEncoder().encode(bytes(5_000));
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int value = 0; value < 256; value++) {
            if (alphabet.indexOf(value) >= 0) continue;
            for (int at : new int[] {0, 1, 63, 64, 100, 4_095, 4_096, 4_700, 6_660}) {
                byte[] bad = good.clone();
                bad[at] = (byte) value;
                assertThat(Base64Pcm.decode(bad, 0, bad.length, out))
                        .as("%d at %d", value, at)
                        .isFalse();
                assertThat(out.isReadable()).isFalse();
            }
        }
    }

    @Test
    void paddingMayBeLeftOut() {
        assertThat(decode("QQ")).isTrue();
        assertThat(decode("QUI")).isTrue();
        assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("AAB");
    }

    @Test
    void aStreamCutAnywhereGivesTheSameBytes() {
        byte[] bytes = bytes(301);
        byte[] text = Base64.getEncoder().encode(bytes);
        for (int first = 0; first <= text.length; first++) {
            for (int second = first; second <= text.length; second += 1 + first % 7) {
                out.clear();
                Base64PcmStream stream = new Base64PcmStream();
                assertThat(stream.decode(text, 0, first, out)).isEqualTo(first);
                assertThat(stream.decode(text, first, second - first, out)).isEqualTo(second - first);
                assertThat(stream.decode(text, second, text.length - second, out))
                        .isEqualTo(text.length - second);
                assertThat(stream.end(out)).isTrue();
                assertThat(ByteBufUtil.getBytes(out)).isEqualTo(bytes);
            }
        }
    }

    @Test
    void textsPaddedForThemselvesJoinInOnePieceAndInMany() {
        byte[] joined = "QQ==QUI=QUJDQQ==".getBytes(StandardCharsets.US_ASCII);
        for (int cut = 0; cut <= joined.length; cut++) {
            out.clear();
            Base64PcmStream stream = new Base64PcmStream();
            assertThat(stream.decode(joined, 0, cut, out)).isEqualTo(cut);
            assertThat(stream.decode(joined, cut, joined.length - cut, out)).isEqualTo(joined.length - cut);
            assertThat(stream.end(out)).isTrue();
            assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("AABABCA");
        }
    }

    @Test
    void aStreamStopsAtTheFirstCharacterThatCannotStandThere() {
        byte[] text = Base64.getEncoder().encode(bytes(9_000));
        for (int at : new int[] {0, 1, 2, 3, 4, 63, 4_096, 5_001, 11_999}) {
            out.clear();
            byte[] bad = text.clone();
            bad[at] = '\\';
            Base64PcmStream stream = new Base64PcmStream();
            assertThat(stream.decode(bad, 0, bad.length, out)).isEqualTo(at);
            assertThat(stream.decode(text, at, text.length - at, out))
                    .as("goes on")
                    .isEqualTo(text.length - at);
            assertThat(ByteBufUtil.getBytes(out)).isEqualTo(Base64.getDecoder().decode(text));
        }
    }

    private void encodesAsTheJdk(int length) {
        byte[] bytes = bytes(length);
        String expected = Base64.getEncoder().encodeToString(bytes);
        ByteBuf src = PooledByteBufAllocator.DEFAULT
                .directBuffer()
                .writeZero(3)
                .skipBytes(3)
                .writeBytes(bytes);
        out.clear();
        Base64Pcm.encode(src, out);
        assertThat(src.readableBytes()).as("indices stay").isEqualTo(length);
        src.release();
        assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo(expected);
        assertThat(Base64Pcm.encodedBytes(length)).isEqualTo(expected.length());
        byte[] shifted = new byte[length + 5];
        System.arraycopy(bytes, 0, shifted, 5, length);
        out.clear();
        Base64Pcm.encode(shifted, 5, length, out);
        assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo(expected);
    }

    private void decodesAsTheJdk(int length) {
        byte[] bytes = bytes(length);
        byte[] text = ("-\"" + Base64.getEncoder().encodeToString(bytes) + "\"-").getBytes(StandardCharsets.US_ASCII);
        out.clear();
        assertThat(Base64Pcm.decode(text, 2, text.length - 4, out)).isTrue();
        assertThat(ByteBufUtil.getBytes(out)).isEqualTo(bytes);
    }

    private boolean decode(String text) {
        byte[] characters = text.getBytes(StandardCharsets.US_ASCII);
        return Base64Pcm.decode(characters, 0, characters.length, out);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
