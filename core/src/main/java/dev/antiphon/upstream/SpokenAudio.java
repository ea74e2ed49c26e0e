package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The sound of one reply: pieces of base64 as they stand in the wire's bytes, to whole samples of 24 kHz mono. Keeps what
 * a piece leaves over, characters, part of a frame or of a header, for the next.
 *
 * <p>Threading: confined to its caller.
 */
final class SpokenAudio {
    private static final String BAD_BASE64 = "the model's audio is not base64";
    private static final byte[] NOTHING = {};
    /** The first bytes of a piece's buffer are kept for the part of a frame that the piece before left over. */
    private static final int RESERVED_BYTES = 3;

    private final JsonBase64 base64 = new JsonBase64();
    private final AudioContainer container;
    private final HeardAudio heard = new HeardAudio();
    private final byte[] part = new byte[RESERVED_BYTES];
    private int partBytes;
    private byte[] cutHeader = NOTHING;
    private boolean hasBegun;

    /** @param sampleRateHz of PCM that has no header */
    SpokenAudio(int sampleRateHz) {
        container = new AudioContainer(sampleRateHz);
    }

    /**
     * @param array lent; the string's raw bytes between its quotes are {@code from} to {@code to}
     * @param sampleRateHz as the event says it; {@link Delta#NO_RATE}: it does not
     * @return what is wrong with the audio, in a sentence; null: nothing
     */
    @Nullable
    String decode(byte[] array, int from, int to, long sampleRateHz, DeltaListener out) {
        ByteBuf pcm = newPiece(from, to);
        try {
            return base64.decode(array, from, to, pcm) ? tell(pcm, sampleRateHz, out) : BAD_BASE64;
        } finally {
            pcm.release();
        }
    }

    /**
     * Decodes a piece that {@link #tell} is then called with, if there is nothing in it but base64.
     *
     * @param array lent; the string's raw bytes between its quotes, if that is where they are, are {@code from} to
     *     {@code to}
     * @return given; null: there is more, such as a quote or an escape, and nothing has happened
     */
    @Nullable
    ByteBuf decodePlain(byte[] array, int from, int to) {
        ByteBuf pcm = newPiece(from, to);
        if (base64.decodePlain(array, from, to, pcm)) return pcm;
        pcm.release();
        return null;
    }

    /**
     * @param pcm the piece decoded last; lent, may be written over
     * @param sampleRateHz as the event says it; {@link Delta#NO_RATE}: it does not
     * @return what is wrong with the audio, in a sentence; null: nothing
     */
    @Nullable
    String tell(ByteBuf pcm, long sampleRateHz, DeltaListener out) {
        if (sampleRateHz != Delta.NO_RATE) {
            String complaint = container.takeRate(sampleRateHz);
            if (complaint != null) return complaint;
        }
        if (!pcm.isReadable()) return null;
        String complaint = container.unwrap(pcm, !hasBegun);
        if (complaint != null) return complaint;
        cutHeader = container.isHeaderCut() ? bytesOf(pcm) : NOTHING;
        if (container.isHeaderCut()) return null;
        hasBegun = true;
        deliverWholeFrames(pcm, out);
        return null;
    }

    /**
     * No piece will follow.
     *
     * @return what is wrong with the audio, in a sentence; null: nothing
     */
    @Nullable
    String end(DeltaListener out) {
        heard.end(out);
        return cutHeader.length == 0 ? null : AudioContainer.CUT_HEADER;
    }

    /** One for each piece: the listener may keep it, and nothing has to be closed when a reply is given up. */
    private ByteBuf newPiece(int from, int to) {
        int bytes = RESERVED_BYTES + cutHeader.length + JsonBase64.mostBytes(from, to);
        return ByteBufAllocator.DEFAULT
                .heapBuffer(bytes)
                .setIndex(RESERVED_BYTES, RESERVED_BYTES)
                .writeBytes(cutHeader);
    }

    /** Part of a frame before the header of another file belongs to nothing. */
    private void deliverWholeFrames(ByteBuf pcm, DeltaListener out) {
        if (partBytes > 0 && pcm.readerIndex() == RESERVED_BYTES) {
            pcm.readerIndex(RESERVED_BYTES - partBytes).setBytes(pcm.readerIndex(), part, 0, partBytes);
        }
        SpokenFormat format = container.format();
        partBytes = pcm.readableBytes() % format.frameBytes();
        if (partBytes > 0) {
            pcm.writerIndex(pcm.writerIndex() - partBytes);
            pcm.getBytes(pcm.writerIndex(), part, 0, partBytes);
        }
        if (pcm.isReadable()) heard.take(pcm, format, out);
    }

    private static byte[] bytesOf(ByteBuf bytes) {
        byte[] copy = new byte[bytes.readableBytes()];
        bytes.getBytes(bytes.readerIndex(), copy);
        return copy;
    }
}
