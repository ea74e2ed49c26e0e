package dev.antiphon.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpusPacketTest {
    /** RFC 6716 §3.1, table 2. */
    @ParameterizedTest
    @CsvSource({
        "0, 480",
        "1, 960",
        "2, 1920",
        "3, 2880",
        "4, 480",
        "11, 2880",
        "12, 480",
        "13, 960",
        "14, 480",
        "15, 960",
        "16, 120",
        "17, 240",
        "18, 480",
        "19, 960",
        "28, 120",
        "31, 960",
    })
    void theConfigurationTellsHowLongAFrameLasts(int configuration, int samples) {
        assertThat(OpusPacket.samplesIn(Unpooled.wrappedBuffer(new byte[] {(byte) (configuration << 3), 1})))
                .isEqualTo(samples);
    }

    @ParameterizedTest
    @CsvSource({
        "f8, 960", // one frame of no bytes
        "f9aabb, 1920",
        "fa01aabbcc, 1920",
        "fa00, 1920",
        "fb03aabbcc, 2880",
        "fb06, 5760", // six frames of 20 ms
        "fb83010aaabb000000000000000000, 2880", // of different sizes
        "fb4302aabbcc0000, 2880", // padded
    })
    void theFrameCodeTellsHowManyThereAre(String hex, int samples) {
        assertThat(OpusPacket.samplesIn(packet(hex))).isEqualTo(samples);
    }

    /** RFC 6716 §3.4. */
    @ParameterizedTest
    @CsvSource({
        "'', no byte in it",
        "f9aa, two frames of one size in an odd number of bytes",
        "fa, no frame length",
        "fafc, half a frame length",
        "fa03aabb, a frame longer than the packet",
        "fb, no frame count",
        "fb00, '0 frames of 960 samples (expected: 1 or more, 120 ms at most)'",
        "fb07, '7 frames of 960 samples (expected: 1 or more, 120 ms at most)'",
        "fb02aabbcc, frames of one size that do not fill it",
        "fb8205aa, frames longer than the packet",
        "fb41, padding without an end",
        "fb4105aa, frames longer than the packet",
        "fb41ff, padding without an end",
    })
    void framesThatCannotBeAsThePacketSaysAreRefused(String hex, String what) {
        assertThatThrownBy(() -> OpusPacket.samplesIn(packet(hex)))
                .isInstanceOf(ContainerFault.class)
                .hasMessage("opus packet: " + what);
    }

    @ParameterizedTest
    @CsvSource({"1276, 960", "1277, 0"})
    void aFrameHasAtMost1275Bytes(int bytes, int samples) {
        byte[] packet = new byte[bytes];
        packet[0] = (byte) 0xF8;
        if (samples > 0)
            assertThat(OpusPacket.samplesIn(Unpooled.wrappedBuffer(packet))).isEqualTo(samples);
        else {
            assertThatThrownBy(() -> OpusPacket.samplesIn(Unpooled.wrappedBuffer(packet)))
                    .hasMessage("opus packet: a frame of 1276 bytes (expected: at most 1275)");
        }
    }

    private static ByteBuf packet(String hex) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
    }
}
