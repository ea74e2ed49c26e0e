package dev.antiphon.container;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Opus packets become an Ogg file as they come. The last packet waits until the next or the end, because only the end knows
 * how much of it is sound. RFC 3533, RFC 7845.
 *
 * <p>Threading: confined to its caller.
 */
public final class OggWriter {
    private static final String VENDOR = "antiphon";
    private static final int MOST_PAGE_BYTES = 4_096; // what RFC 3533 §6 calls usual

    private final OpusHead head;
    private final int serial;
    private final ByteBuf content = Unpooled.buffer(MOST_PAGE_BYTES); // of the page
    private final ByteBuf segments = Unpooled.buffer(OggPage.MOST_SEGMENTS, OggPage.MOST_SEGMENTS); // of the page
    private final ByteBuf last = Unpooled.buffer(); // the packet that waits

    private int lastSamples; // 0: none waits
    private long granule; // of all packets on pages, the one that waits left out
    private int number;

    /** @param serial tells the stream from others in the same file: any number */
    public OggWriter(OpusHead head, int serial) {
        this.head = head;
        this.serial = serial;
    }

    /**
     * Appends the two pages that come before any sound.
     *
     * @param out lent
     */
    public void begin(ByteBuf out) {
        head.write(content);
        closePacket(content.readableBytes());
        writePage(OggPage.FIRST, 0, out);
        byte[] vendor = VENDOR.getBytes(StandardCharsets.US_ASCII);
        content.writeCharSequence("OpusTags", StandardCharsets.US_ASCII);
        content.writeIntLE(vendor.length).writeBytes(vendor).writeIntLE(0);
        closePacket(content.readableBytes());
        writePage(0, 0, out);
    }

    /**
     * Takes the next packet; pages that became full are appended.
     *
     * @param packet lent, its indices stay
     * @param out lent
     */
    public void write(ByteBuf packet, ByteBuf out) {
        int samples = OpusPacket.samplesIn(packet);
        placeLast(out);
        last.writeBytes(packet, packet.readerIndex(), packet.readableBytes());
        lastSamples = samples;
    }

    /**
     * Appends what has been taken, the last packet left out, on a page of its own.
     *
     * @param out lent
     */
    public void flush(ByteBuf out) {
        if (segments.isReadable()) writePage(0, granule, out);
    }

    /**
     * The stream is over: appends the last page.
     *
     * @param trimSamples at 48 kHz: so many at the end of what the packets decode to are no sound, no more than the last
     *     packet has
     * @param out lent
     */
    public void end(int trimSamples, ByteBuf out) {
        if (trimSamples < 0 || trimSamples > lastSamples) {
            throw new IllegalArgumentException("trimSamples: " + trimSamples + " (expected: 0 to " + lastSamples + ")");
        }
        placeLast(out);
        writePage(OggPage.LAST, granule - trimSamples, out);
    }

    private void placeLast(ByteBuf out) {
        if (lastSamples == 0) return;
        int packetBytes = last.readableBytes();
        int packetSegments = packetBytes / OggPage.MOST_SEGMENT_BYTES + 1;
        boolean isTooMuch = content.readableBytes() + packetBytes > MOST_PAGE_BYTES
                || segments.readableBytes() + packetSegments > OggPage.MOST_SEGMENTS;
        if (isTooMuch) flush(out);
        content.writeBytes(last);
        closePacket(packetBytes);
        granule += lastSamples;
        last.clear();
        lastSamples = 0;
    }

    /** A page holds any packet whole: 61,440 bytes are 241 segments. */
    private void closePacket(int packetBytes) {
        int left = packetBytes;
        for (; left >= OggPage.MOST_SEGMENT_BYTES; left -= OggPage.MOST_SEGMENT_BYTES) {
            segments.writeByte(OggPage.MOST_SEGMENT_BYTES);
        }
        segments.writeByte(left);
    }

    private void writePage(int flags, long pageGranule, ByteBuf out) {
        int start = out.writerIndex();
        out.writeInt(OggPage.CAPTURE).writeByte(0).writeByte(flags).writeLongLE(pageGranule);
        out.writeIntLE(serial).writeIntLE(number++).writeIntLE(0);
        out.writeByte(segments.readableBytes()).writeBytes(segments).writeBytes(content);
        out.setIntLE(start + OggPage.CHECKSUM_AT, OggPage.checksumOf(out, start, out.writerIndex() - start));
        segments.clear();
        content.clear();
    }
}
