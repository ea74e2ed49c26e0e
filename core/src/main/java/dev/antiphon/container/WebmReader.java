package dev.antiphon.container;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * A WebM file that arrives in pieces, cut anywhere, becomes the packets of its first Opus track; other tracks are passed
 * over. Reads what browsers record: segments and clusters of unknown length, blocks bare or in groups, lacing of each kind.
 * After a {@link ContainerFault} the reader is spent. RFC 8794, RFC 9559.
 *
 * <p>Threading: confined to its caller.
 */
public final class WebmReader {
    /*
     * An element is an ID, a length and content. What holds elements that we know is entered, never deeper than segment,
     * cluster, block group; the few others that we know are collected; all the rest is passed over by its length.
     *
     *   AWAITING_ELEMENT ─▶ COLLECTING ───▶ AWAITING_ELEMENT
     *         │ ▲   └─────▶ PASSING_OVER ─▶ AWAITING_ELEMENT
     *         └─┘ entered
     */
    private enum State {
        AWAITING_ELEMENT,
        COLLECTING,
        PASSING_OVER
    }

    private static final int DEEPEST = 3;
    private static final long NOWHERE = 0; // the ID of what holds the outermost elements
    private static final int MOST_HEAD_BYTES = Ebml.MOST_ID_BYTES + Ebml.MOST_NUMBER_BYTES;
    private static final int MOST_SMALL_BYTES = 64; // numbers, names
    private static final int MOST_PRIVATE_BYTES = 1_024;
    private static final int MOST_BLOCK_BYTES = 256 * 1_024;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final OpusListener out;
    private final ByteBuf cut = Unpooled.buffer(MOST_HEAD_BYTES); // an element's head or content, until it is whole

    // What has been entered, outermost first; an end of Ebml.UNKNOWN is that of a segment or cluster of unknown length.
    private final long[] openIds = new long[DEEPEST];
    private final long[] openEnds = new long[DEEPEST];
    private int depth;

    private State state = State.AWAITING_ELEMENT;
    private long position; // bytes of the file taken so far
    private long id; // of the element in COLLECTING or PASSING_OVER
    private long leftBytes; // of that element
    private boolean isWebm;
    private WebmTrack track = new WebmTrack(); // whose entry is being read
    private long opusTrack; // number; 0: none yet
    private String otherCodec = ""; // of an audio track that is not Opus
    private long lastSamples; // of the last packet
    private long trimSamples; // of the last packet

    public WebmReader(OpusListener out) {
        this.out = out;
    }

    /**
     * Takes the next bytes of the file.
     *
     * @param in lent, its indices stay
     * @throws ContainerFault if this is no WebM with Opus in it
     */
    public void feed(ByteBuf in) {
        ByteBuf rest = in.slice();
        while (rest.isReadable()) {
            switch (state) {
                case AWAITING_ELEMENT -> readHead(rest);
                case COLLECTING -> collect(rest);
                case PASSING_OVER -> passOver(rest);
            }
        }
    }

    /** The file is over, wherever it ends. @throws ContainerFault if its sound had not begun */
    public void end() {
        if (opusTrack == 0) throw noOpus();
        if (trimSamples > 0) out.onTrim(trimSamples);
    }

    private void readHead(ByteBuf rest) {
        int missing = missingHeadBytes();
        take(rest, missing);
        if (missingHeadBytes() > 0) return;
        int idBytes = Ebml.bytesOf(cut.getUnsignedByte(0));
        long nextId = Ebml.idAt(cut, 0, idBytes);
        long bytes = Ebml.numberAt(cut, idBytes, cut.writerIndex() - idBytes);
        cut.clear();
        closeEndless(nextId);
        checkLength(nextId, bytes);
        beginElement(nextId, bytes);
    }

    private int missingHeadBytes() {
        int bytes = cut.writerIndex();
        if (bytes == 0) return 1;
        int idBytes = Ebml.bytesOf(cut.getUnsignedByte(0));
        if (idBytes > Ebml.MOST_ID_BYTES) throw new ContainerFault("webm: no element where one should begin");
        if (bytes <= idBytes) return idBytes + 1 - bytes;
        int lengthBytes = Ebml.bytesOf(cut.getUnsignedByte(idBytes));
        if (lengthBytes > Ebml.MOST_NUMBER_BYTES) throw new ContainerFault("webm: an element without a length");
        return idBytes + lengthBytes - bytes;
    }

    /** What has no length ends where something begins that cannot be in it. */
    private void closeEndless(long nextId) {
        if (isIn(Ebml.CLUSTER) && openEnds[depth - 1] == Ebml.UNKNOWN && Ebml.endsCluster(nextId)) leave();
        if (isIn(Ebml.SEGMENT) && openEnds[depth - 1] == Ebml.UNKNOWN && Ebml.endsSegment(nextId)) leave();
    }

    private void checkLength(long nextId, long bytes) {
        if (bytes == Ebml.UNKNOWN) {
            if (nextId == Ebml.SEGMENT || nextId == Ebml.CLUSTER) return;
            throw new ContainerFault("webm: an element of unknown length (expected: only segments and clusters)");
        }
        for (int i = depth - 1; i >= 0; i--) {
            if (openEnds[i] == Ebml.UNKNOWN) continue;
            if (bytes > openEnds[i] - position) throw new ContainerFault("webm: an element longer than what holds it");
            return;
        }
    }

    private void beginElement(long nextId, long bytes) {
        id = nextId;
        leftBytes = bytes;
        if (!isWebm && !(nextId == Ebml.HEADER || isIn(Ebml.HEADER))) {
            throw new ContainerFault("webm: no header (expected: EBML with the document type webm or matroska)");
        }
        if (isEntered(nextId)) {
            enter(bytes);
            return;
        }
        if (isIn(NOWHERE) && nextId == Ebml.HEADER)
            throw new ContainerFault("webm: a file after another (expected: one)");
        if (isIn(Ebml.TRACK_ENTRY) && nextId == Ebml.CONTENT_ENCODINGS) track.onEncodings();
        if (bytes == Ebml.UNKNOWN) throw new ContainerFault("webm: an element of unknown length where none belongs");
        int most = mostBytes(nextId);
        // A track's private data is longer for other codecs, which have no use for us.
        boolean isCollected = most > 0 && (bytes <= most || nextId != Ebml.CODEC_PRIVATE);
        if (isCollected && bytes > most) {
            throw new ContainerFault("webm element: " + bytes + " bytes (expected: at most " + most + ")");
        }
        state = isCollected ? State.COLLECTING : State.PASSING_OVER;
        if (bytes == 0) endElement();
    }

    private boolean isEntered(long nextId) {
        if (isIn(NOWHERE)) return nextId == Ebml.SEGMENT || (nextId == Ebml.HEADER && !isWebm);
        if (isIn(Ebml.SEGMENT)) return nextId == Ebml.TRACKS || nextId == Ebml.CLUSTER;
        if (isIn(Ebml.TRACKS)) return nextId == Ebml.TRACK_ENTRY;
        return isIn(Ebml.CLUSTER) && nextId == Ebml.BLOCK_GROUP;
    }

    /** How long what is collected may be; 0: it is passed over. */
    private int mostBytes(long nextId) {
        if (isIn(Ebml.HEADER)) return nextId == Ebml.DOC_TYPE ? MOST_SMALL_BYTES : 0;
        if (isIn(Ebml.TRACK_ENTRY)) {
            if (nextId == Ebml.CODEC_PRIVATE) return MOST_PRIVATE_BYTES;
            boolean isKnown = nextId == Ebml.TRACK_NUMBER || nextId == Ebml.TRACK_TYPE || nextId == Ebml.CODEC_ID;
            return isKnown ? MOST_SMALL_BYTES : 0;
        }
        if (isIn(Ebml.CLUSTER)) return nextId == Ebml.SIMPLE_BLOCK ? Integer.MAX_VALUE : 0;
        if (!isIn(Ebml.BLOCK_GROUP)) return 0;
        if (nextId == Ebml.DISCARD_PADDING) return MOST_SMALL_BYTES;
        return nextId == Ebml.BLOCK ? Integer.MAX_VALUE : 0;
    }

    private void enter(long bytes) {
        if (id == Ebml.CLUSTER && opusTrack == 0) throw noOpus();
        if (id == Ebml.TRACK_ENTRY) track = new WebmTrack();
        openIds[depth] = id;
        openEnds[depth++] = bytes == Ebml.UNKNOWN ? Ebml.UNKNOWN : position + bytes;
        state = State.AWAITING_ELEMENT;
        leaveEnded();
    }

    private void leaveEnded() {
        while (depth > 0 && openEnds[depth - 1] == position) leave();
    }

    private void leave() {
        long left = openIds[--depth];
        if (left == Ebml.HEADER && !isWebm)
            throw new ContainerFault("webm: no document type (expected: webm or matroska)");
        if (left != Ebml.TRACK_ENTRY) return;
        if (otherCodec.isEmpty() && !track.isOpus()) otherCodec = track.audioCodec();
        if (opusTrack != 0 || !track.isOpus()) return;
        OpusHead head = track.head();
        opusTrack = track.number();
        out.onHead(head);
    }

    private boolean isIn(long parent) {
        return (depth == 0 ? NOWHERE : openIds[depth - 1]) == parent;
    }

    private void collect(ByteBuf rest) {
        boolean isBlock = id == Ebml.SIMPLE_BLOCK || id == Ebml.BLOCK;
        if (isBlock && isOtherTrack(rest)) return;
        leftBytes -= take(rest, leftBytes);
        if (leftBytes > 0) return;
        readContent();
        cut.clear();
        endElement();
    }

    /** Looks at the number of the block's track, once it is there: pictures are not collected. */
    private boolean isOtherTrack(ByteBuf rest) {
        if (!cut.isReadable()) leftBytes -= take(rest, 1);
        int numberBytes = Ebml.bytesOf(cut.getUnsignedByte(0));
        if (numberBytes > Ebml.MOST_NUMBER_BYTES || numberBytes > cut.readableBytes() + leftBytes) {
            throw new ContainerFault("webm block: no track number");
        }
        if (cut.readableBytes() < numberBytes) leftBytes -= take(rest, numberBytes - cut.readableBytes());
        if (cut.readableBytes() < numberBytes) return true; // not known yet: come again
        if (Ebml.numberAt(cut, 0, numberBytes) == opusTrack) {
            if (leftBytes <= MOST_BLOCK_BYTES) return false;
            throw new ContainerFault(
                    "webm block: " + leftBytes + " bytes (expected: at most " + MOST_BLOCK_BYTES + ")");
        }
        cut.clear();
        state = State.PASSING_OVER;
        if (leftBytes == 0) endElement();
        return true;
    }

    private void readContent() {
        if (id == Ebml.DOC_TYPE) readDocType();
        else if (id == Ebml.TRACK_NUMBER) track.onNumber(unsigned());
        else if (id == Ebml.TRACK_TYPE) track.onType(unsigned());
        else if (id == Ebml.CODEC_ID) track.onCodec(cut);
        else if (id == Ebml.CODEC_PRIVATE) track.onPrivateData(cut);
        else if (id == Ebml.DISCARD_PADDING) readDiscard();
        else {
            cut.skipBytes(Ebml.bytesOf(cut.getUnsignedByte(0)));
            WebmBlock.read(cut, this::readPacket);
        }
    }

    private void readPacket(ByteBuf packet) {
        if (!packet.isReadable()) return; // lost before it was written
        lastSamples = OpusPacket.samplesIn(packet);
        trimSamples = 0;
        out.onPacket(packet);
    }

    private void readDocType() {
        String type = cut.toString(StandardCharsets.ISO_8859_1);
        int end = type.indexOf('\0'); // RFC 8794 §7.4: a string may be padded
        String name = end < 0 ? type : type.substring(0, end);
        if (!name.equals("webm") && !name.equals("matroska")) {
            throw new ContainerFault("webm: another document type (expected: webm or matroska)");
        }
        isWebm = true;
    }

    /** Nanoseconds at the end of the block that are no sound; at its beginning, if negative, which is not for us. */
    private void readDiscard() {
        if (cut.readableBytes() > Long.BYTES) throw new ContainerFault("webm: a number of more than 8 bytes");
        long nanos = cut.isReadable() && cut.getByte(0) < 0 ? 0 : unsigned();
        // More than the packet holds cannot be meant.
        double samples = Math.rint((double) nanos * OpusPacket.RATE_HZ / NANOS_PER_SECOND);
        trimSamples = samples <= lastSamples ? (long) samples : 0;
    }

    private long unsigned() {
        if (cut.readableBytes() > Long.BYTES) throw new ContainerFault("webm: a number of more than 8 bytes");
        return Ebml.idAt(cut, 0, cut.readableBytes());
    }

    private void passOver(ByteBuf rest) {
        int bytes = (int) Math.min(leftBytes, rest.readableBytes());
        rest.skipBytes(bytes);
        position += bytes;
        leftBytes -= bytes;
        if (leftBytes == 0) endElement();
    }

    private void endElement() {
        state = State.AWAITING_ELEMENT;
        leaveEnded();
    }

    private int take(ByteBuf rest, long most) {
        int bytes = (int) Math.min(most, rest.readableBytes());
        cut.writeBytes(rest, bytes);
        position += bytes;
        return bytes;
    }

    private ContainerFault noOpus() {
        return new ContainerFault("webm: " + (otherCodec.isEmpty() ? "no Opus track in it" : otherCodec)
                + " (expected: a track with A_OPUS)");
    }
}
