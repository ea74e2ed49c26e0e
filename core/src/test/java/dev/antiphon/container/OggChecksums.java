package dev.antiphon.container;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Makes the checksums of pages right again, after their bytes have been changed. */
final class OggChecksums {
    private OggChecksums() {}

    static void repair(byte[] file) {
        ByteBuf bytes = Unpooled.wrappedBuffer(file);
        int at = 0;
        while (at + OggPage.HEAD_BYTES <= file.length) {
            int segments = bytes.getUnsignedByte(at + OggPage.SEGMENTS_AT);
            int pageBytes = OggPage.HEAD_BYTES + segments;
            for (int i = 0; i < segments && at + OggPage.HEAD_BYTES + i < file.length; i++) {
                pageBytes += bytes.getUnsignedByte(at + OggPage.HEAD_BYTES + i);
            }
            if (at + pageBytes > file.length) return;
            bytes.setIntLE(at + OggPage.CHECKSUM_AT, OggPage.checksumOf(bytes, at, pageBytes));
            at += pageBytes;
        }
    }
}
