package dev.antiphon.container;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * An Ogg file that arrives in pieces, cut anywhere, becomes the packets of its first Opus stream; other streams are passed
 * over. After a {@link ContainerFault} the reader is spent. RFC 3533, RFC 7845.
 *
 * <p>Threading: confined to its caller.
 */
public final class OggReader {
    /*
     * What the next page of the stream holds: OpusHead, alone; OpusTags, which may take several pages; sound.
     *
     * A page is collected whole, because its checksum and its granule position speak of all of it: 65,307 bytes at most.
     */
    private enum State {
        AWAITING_HEAD,
        AWAITING_TAGS,
        AWAITING_SOUND,
        ENDED
    }

    private static final long TAGS_MAGIC = 0x4F70_7573_5461_6773L;
    private static final int VORBIS = 0x0176_6F72; // 1, "vor"
    private static final int FLAC = 0x7F46_4C41; // 127, "FLA"
    private static final int SPEEX = 0x5370_6565;
    // RFC 7845 §6: what suffices for any packet of a stereo stream.
    private static final int MOST_PACKET_BYTES = 61_440;

    private final OpusListener out;
    private final ByteBuf page = Unpooled.buffer(OggPage.HEAD_BYTES, OggPage.MOST_BYTES);
    private final ByteBuf packet = Unpooled.buffer(0, MOST_PACKET_BYTES); // begun on pages before this one

    private State state = State.AWAITING_HEAD;
    private String otherCodec = ""; // of a stream that is not Opus
    private int serial; // of the Opus stream, from AWAITING_TAGS
    private int nextNumber; // of its pages
    private boolean isPacketOpen; // the last page of the stream ended inside a packet
    private long packetBytes; // of that packet so far, kept or not
    private long startSamples = -1; // granule position of the first sample; negative: not known yet
    private long soundSamples;

    public OggReader(OpusListener out) {
        this.out = out;
    }

    /**
     * Takes the next bytes of the file.
     *
     * @param in lent, its indices stay
     * @throws ContainerFault if this is no Ogg with Opus in it
     */
    public void feed(ByteBuf in) {
        ByteBuf rest = in.slice();
        while (rest.isReadable()) {
            page.writeBytes(rest, Math.min(missingBytes(), rest.readableBytes()));
            if (missingBytes() > 0) continue;
            readPage();
            page.clear();
        }
    }

    /** The file is over. @throws ContainerFault if it ended before its sound began */
    public void end() {
        switch (state) {
            case AWAITING_SOUND, ENDED -> {}
            case AWAITING_HEAD -> throw noOpus();
            case AWAITING_TAGS ->
                throw new ContainerFault("ogg: ended before its sound (expected: OpusTags, then sound)");
        }
    }

    /** Until the page is whole, as far as is known of it: its head, its lengths, its content. */
    private int missingBytes() {
        int bytes = page.writerIndex();
        if (bytes >= Integer.BYTES && page.getInt(0) != OggPage.CAPTURE) {
            throw new ContainerFault("ogg: no page where one should begin (expected: OggS)");
        }
        if (bytes < OggPage.HEAD_BYTES) return OggPage.HEAD_BYTES - bytes;
        int headBytes = OggPage.HEAD_BYTES + segments();
        if (bytes < headBytes) return headBytes - bytes;
        int contentBytes = 0;
        for (int i = 0; i < segments(); i++) contentBytes += segmentBytes(i);
        return headBytes + contentBytes - bytes;
    }

    private int segments() {
        return page.getUnsignedByte(OggPage.SEGMENTS_AT);
    }

    private int segmentBytes(int segment) {
        return page.getUnsignedByte(OggPage.HEAD_BYTES + segment);
    }

    private boolean hasFlag(int flag) {
        return (page.getUnsignedByte(OggPage.FLAGS_AT) & flag) != 0;
    }

    private void readPage() {
        int version = page.getUnsignedByte(4);
        if (version != 0) throw new ContainerFault("ogg version: " + version + " (expected: 0)");
        int checksum = OggPage.checksumOf(page, 0, page.writerIndex());
        if (checksum != page.getIntLE(OggPage.CHECKSUM_AT)) {
            throw new ContainerFault("ogg page: broken (expected: one that fits its checksum)");
        }
        page.readerIndex(OggPage.HEAD_BYTES + segments());
        if (hasFlag(OggPage.FIRST)) beginStream();
        else if (state == State.AWAITING_HEAD) throw noOpus();
        else if (page.getIntLE(OggPage.SERIAL_AT) == serial) readStreamPage();
    }

    /** RFC 3533 §4: all streams begin before any goes on. */
    private void beginStream() {
        boolean isOurs = state != State.AWAITING_HEAD && page.getIntLE(OggPage.SERIAL_AT) == serial;
        if (isOurs || state == State.ENDED) {
            throw new ContainerFault("ogg: a stream after another (expected: one)");
        }
        if (state != State.AWAITING_HEAD) return; // one beside it
        boolean isOpus = page.readableBytes() >= Long.BYTES && page.getLong(page.readerIndex()) == OpusHead.MAGIC;
        if (!isOpus) {
            otherCodec = codecName();
            return;
        }
        serial = page.getIntLE(OggPage.SERIAL_AT);
        nextNumber = page.getIntLE(OggPage.NUMBER_AT) + 1;
        OpusHead head = OpusHead.read(page);
        state = State.AWAITING_TAGS;
        out.onHead(head);
    }

    private void readStreamPage() {
        if (state == State.ENDED) throw new ContainerFault("ogg page: after the last of its stream (expected: none)");
        if (page.getIntLE(OggPage.NUMBER_AT) != nextNumber) {
            throw new ContainerFault("ogg page: a gap before it (expected: numbers in order)");
        }
        nextNumber++;
        if (hasFlag(OggPage.CONTINUED) != isPacketOpen) {
            throw new ContainerFault("ogg page: begins " + (isPacketOpen ? "with" : "inside")
                    + " a packet (expected: as the page before it ended)");
        }
        long samplesBefore = soundSamples;
        readPackets();
        if (soundSamples > samplesBefore) readGranule(soundSamples - samplesBefore);
        if (hasFlag(OggPage.LAST)) state = State.ENDED;
    }

    private void readPackets() {
        int fragmentBytes = 0;
        for (int i = 0; i < segments(); i++) {
            fragmentBytes += segmentBytes(i);
            isPacketOpen = segmentBytes(i) == OggPage.MOST_SEGMENT_BYTES;
            if (isPacketOpen) continue;
            endPacket(page.readSlice(fragmentBytes));
            fragmentBytes = 0;
        }
        if (isPacketOpen) keep(page.readSlice(fragmentBytes));
    }

    private void keep(ByteBuf fragment) {
        packetBytes += fragment.readableBytes();
        int room = MOST_PACKET_BYTES - packet.readableBytes();
        if (state == State.AWAITING_SOUND && fragment.readableBytes() > room) {
            throw new ContainerFault("opus packet: more than " + MOST_PACKET_BYTES + " bytes (expected: at most that)");
        }
        // Of the tags, which may hold pictures, only the beginning is looked at.
        packet.writeBytes(fragment, Math.min(fragment.readableBytes(), room));
    }

    private void endPacket(ByteBuf lastFragment) {
        ByteBuf whole = lastFragment;
        if (packetBytes > 0) {
            keep(lastFragment);
            whole = packet;
        }
        if (state == State.AWAITING_TAGS) readTags(whole);
        // An empty packet stands for one that was lost before it was written. RFC 7845 §4.1.
        else if (whole.isReadable()) readSound(whole);
        packet.clear();
        packetBytes = 0;
    }

    private void readTags(ByteBuf tags) {
        if (tags.readableBytes() < Long.BYTES || tags.getLong(tags.readerIndex()) != TAGS_MAGIC) {
            throw new ContainerFault("ogg: no OpusTags after OpusHead (expected: OpusTags)");
        }
        state = State.AWAITING_SOUND;
    }

    private void readSound(ByteBuf sound) {
        soundSamples += OpusPacket.samplesIn(sound);
        out.onPacket(sound);
    }

    /** RFC 7845 §4.4, §4.5: only the last page may say that it holds less sound than its packets. */
    private void readGranule(long pageSamples) {
        long granule = page.getLongLE(OggPage.GRANULE_AT);
        if (granule == OggPage.NO_GRANULE) return;
        if (startSamples < 0) startSamples = Math.max(0, granule - soundSamples);
        long trimSamples = startSamples + soundSamples - granule;
        // More than the page holds cannot be meant: it contradicts the page before.
        if (hasFlag(OggPage.LAST) && trimSamples > 0 && trimSamples <= pageSamples) out.onTrim(trimSamples);
    }

    private String codecName() {
        if (page.readableBytes() < Integer.BYTES) return "";
        return switch (page.getInt(page.readerIndex())) {
            case VORBIS -> "Vorbis";
            case FLAC -> "FLAC";
            case SPEEX -> "Speex";
            default -> "";
        };
    }

    private ContainerFault noOpus() {
        return new ContainerFault(
                "ogg: " + (otherCodec.isEmpty() ? "no Opus in it" : otherCodec) + " (expected: Opus)");
    }
}
