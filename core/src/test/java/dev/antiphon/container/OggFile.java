package dev.antiphon.container;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An Ogg file put together page by page, right or wrong. */
final class OggFile {
    static final int SERIAL = 77;

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private int number;

    /** OpusHead, mono, and OpusTags. */
    static OggFile withHead(int preSkipSamples) {
        ByteBuf head = Unpooled.buffer();
        new OpusHead(1, preSkipSamples, 48_000, 0).write(head);
        byte[] bytes = Arrays.copyOf(head.array(), head.readableBytes());
        return new OggFile()
                .page(OggPage.FIRST, 0, bytes)
                .page(0, 0, "OpusTags\0\0\0\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
    }

    /** Whole packets. */
    OggFile page(int flags, long granule, byte[]... packets) {
        return page(SERIAL, number++, flags, granule, false, packets);
    }

    /** The last packet, a multiple of 255 long, goes on on the next page. */
    OggFile openPage(int flags, long granule, byte[]... packets) {
        return page(SERIAL, number++, flags, granule, true, packets);
    }

    OggFile page(int serial, int pageNumber, int flags, long granule, boolean isOpen, byte[]... packets) {
        ByteBuf segments = Unpooled.buffer();
        ByteBuf content = Unpooled.buffer();
        for (byte[] packet : packets) {
            content.writeBytes(packet);
            for (int i = 0; i < packet.length / 255; i++) segments.writeByte(255);
            segments.writeByte(packet.length % 255);
        }
        if (isOpen) segments.writerIndex(segments.writerIndex() - 1);
        ByteBuf page = Unpooled.buffer();
        page.writeInt(OggPage.CAPTURE).writeByte(0).writeByte(flags).writeLongLE(granule);
        page.writeIntLE(serial).writeIntLE(pageNumber).writeIntLE(0).writeByte(segments.readableBytes());
        page.writeBytes(segments).writeBytes(content);
        page.setIntLE(OggPage.CHECKSUM_AT, OggPage.checksumOf(page, 0, page.readableBytes()));
        file.write(page.array(), 0, page.readableBytes());
        return this;
    }

    byte[] bytes() {
        return file.toByteArray();
    }
}
