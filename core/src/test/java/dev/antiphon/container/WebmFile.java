package dev.antiphon.container;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Elements of a WebM file, put together right or wrong. */
final class WebmFile {
    static final int OPUS_TRACK = 1;

    private WebmFile() {}

    static byte[] of(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) bytes.writeBytes(part);
        return bytes.toByteArray();
    }

    /** Its length in as few bytes as possible. */
    static byte[] element(long id, byte[]... content) {
        byte[] whole = of(content);
        return of(bare(id), length(whole.length), whole);
    }

    static byte[] endless(long id, byte[]... content) {
        byte[] unknown = {1, -1, -1, -1, -1, -1, -1, -1};
        return of(bare(id), unknown, of(content));
    }

    static byte[] bare(long id) {
        int bytes = (64 - Long.numberOfLeadingZeros(id) + 7) / 8;
        byte[] written = new byte[bytes];
        for (int i = 0; i < bytes; i++) written[i] = (byte) (id >> (8 * (bytes - 1 - i)));
        return written;
    }

    static byte[] length(long length) {
        int bytes = 1;
        while (length >= (1L << (7 * bytes)) - 1) bytes++;
        byte[] written = bare(length | (1L << (7 * bytes)));
        return written;
    }

    static byte[] header() {
        return element(Ebml.HEADER, element(Ebml.DOC_TYPE, ascii("webm")));
    }

    static byte[] tracks() {
        return element(Ebml.TRACKS, opusTrack());
    }

    static byte[] opusTrack() {
        return track(OPUS_TRACK, 2, "A_OPUS", opusHead());
    }

    static byte[] track(int number, int type, String codec, byte[] privateData) {
        return element(
                Ebml.TRACK_ENTRY,
                element(Ebml.TRACK_NUMBER, new byte[] {(byte) number}),
                element(Ebml.TRACK_TYPE, new byte[] {(byte) type}),
                element(Ebml.CODEC_ID, ascii(codec)),
                element(Ebml.CODEC_PRIVATE, privateData));
    }

    static byte[] opusHead() {
        ByteBuf head = Unpooled.buffer();
        new OpusHead(1, 0, 48_000, 0).write(head);
        return Arrays.copyOf(head.array(), head.readableBytes());
    }

    static byte[] simpleBlock(byte[] packet) {
        return element(Ebml.SIMPLE_BLOCK, block(OPUS_TRACK, 0, packet));
    }

    /** @param lacing 0 none, 1 Xiph, 2 of one size, 3 EBML */
    static byte[] block(int track, int lacing, byte[]... content) {
        return of(new byte[] {(byte) (0x80 | track), 0, 0, (byte) (lacing << 1)}, of(content));
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
