package dev.antiphon.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.antiphon.audio.WavDecoder;
import dev.antiphon.audio.WavFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;

/**
 * Any bytes at all: the readers end in packets or in a fault of their own, and how the bytes were cut makes no difference.
 * {@code mvn verify} runs the corpus under {@code ContainersFuzzTestInputs}; {@code .ci/fuzz} looks for more.
 */
class ContainersFuzzTest {
    @FuzzTest
    void wav(byte[] file) {
        assertThat(sound(file, 1)).isEqualTo(sound(file, file.length + 1));
    }

    @FuzzTest
    void ogg(byte[] file) {
        OggChecksums.repair(file); // or nothing would ever come past them
        List<String> whole = RecordingOpus.ogg(feed -> feed.accept(Unpooled.wrappedBuffer(file)));
        assertThat(RecordingOpus.ogg(feed -> byteByByte(file, feed))).isEqualTo(whole);
    }

    @FuzzTest
    void webm(byte[] file) {
        List<String> whole = RecordingOpus.webm(feed -> feed.accept(Unpooled.wrappedBuffer(file)));
        assertThat(RecordingOpus.webm(feed -> byteByByte(file, feed))).isEqualTo(whole);
    }

    private static void byteByByte(byte[] file, java.util.function.Consumer<ByteBuf> feed) {
        for (int at = 0; at < file.length; at++) feed.accept(Unpooled.wrappedBuffer(file, at, 1));
    }

    /** What a file sounds like, or what is wrong with it. */
    private static String sound(byte[] file, int pieceBytes) {
        WavDecoder decoder = new WavDecoder();
        ByteBuf pcm = Unpooled.buffer();
        String fault = "";
        try {
            for (int at = 0; at < file.length; at += pieceBytes) {
                decoder.feed(Unpooled.wrappedBuffer(file, at, Math.min(pieceBytes, file.length - at)), pcm);
            }
            decoder.end();
        } catch (WavFault expected) {
            fault = String.valueOf(expected.getMessage());
        }
        // Bytes in, samples out: at most one sample of 2 bytes for each byte.
        assertThat(pcm.readableBytes()).isLessThanOrEqualTo(2 * file.length);
        return fault + " " + decoder.sampleRateHz() + " " + pcm.readableBytes() + " " + pcm.hashCode();
    }
}
