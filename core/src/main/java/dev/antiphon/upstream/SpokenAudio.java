package dev.antiphon.upstream;

import dev.antiphon.audio.Base64PcmStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The sound of one reply: pieces of base64 as they stand in the wire's bytes, to whole samples. Keeps what a piece leaves
 * over, characters and half a sample, for the next.
 *
 * <p>Threading: confined to its caller.
 */
final class SpokenAudio {
    private static final String BAD_BASE64 = "the model's audio is not base64";
    /** The first byte of a piece's buffer is kept for the half sample of the piece before. */
    private static final int RESERVED_BYTES = 1;

    private final Base64PcmStream base64 = new Base64PcmStream();
    private boolean hasHalfSample;
    private byte halfSample;
    private boolean hasBegun;

    /**
     * @param array lent; the string's raw bytes between its quotes are {@code from} to {@code to}
     * @return what is wrong with the audio, in a sentence; null: nothing
     */
    @Nullable
    String decode(byte[] array, int from, int to, DeltaListener out) {
        // One for each piece: the listener may keep it, and nothing has to be closed when a reply is given up.
        ByteBuf pcm = ByteBufAllocator.DEFAULT.buffer(RESERVED_BYTES + (to - from) / 4 * 3 + 3);
        try {
            pcm.writeByte(halfSample).skipBytes(RESERVED_BYTES);
            if (!decodeBase64(array, from, to, pcm)) return BAD_BASE64;
            if (!pcm.isReadable()) return null;
            String complaint = AudioContainer.unwrap(pcm, !hasBegun);
            if (complaint != null) return complaint;
            hasBegun = true;
            deliverWholeSamples(pcm, out);
            return null;
        } finally {
            pcm.release();
        }
    }

    private boolean decodeBase64(byte[] array, int from, int to, ByteBuf pcm) {
        int taken = from + base64.decode(array, from, to - from, pcm);
        if (taken == to) return true;
        if (array[taken] != '\\') return false;
        String rest = EventJson.unescape(array, taken, to);
        if (rest == null) return false;
        // What is not Latin-1 becomes '?', which is as wrong in base64 as it was.
        byte[] characters = rest.getBytes(StandardCharsets.ISO_8859_1);
        return base64.decode(characters, 0, characters.length, pcm) == characters.length;
    }

    /** A half sample before the header of another file belongs to nothing. */
    private void deliverWholeSamples(ByteBuf pcm, DeltaListener out) {
        if (hasHalfSample && pcm.readerIndex() == RESERVED_BYTES) pcm.readerIndex(0);
        hasHalfSample = pcm.readableBytes() % 2 != 0;
        if (hasHalfSample) {
            int last = pcm.writerIndex() - 1;
            halfSample = pcm.getByte(last);
            pcm.writerIndex(last);
        }
        if (pcm.isReadable()) out.onAudio(pcm);
    }
}
