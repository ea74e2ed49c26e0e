package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Tells raw PCM16 from audio in a container, all of one answer: OpenAI sends the former, some servers a whole WAV file in
 * each piece or a WAV header before the first, others MP3 whatever was asked for.
 *
 * <p>Threading: confined to its caller.
 */
final class AudioContainer {
    private static final int RIFF = 0x52494646;
    private static final int WAVE = 0x57415645;
    private static final int FMT = 0x666d7420;
    private static final int DATA = 0x64617461;
    private static final int OGGS = 0x4f676753;
    private static final int FLAC = 0x664c6143;
    private static final int ID3 = 0x494433;

    private static final int RIFF_HEADER_BYTES = 12;
    private static final int CHUNK_HEADER_BYTES = 8;
    private static final int FMT_BYTES = 16;
    private static final int FORMAT_PCM = 1;
    private static final int FORMAT_EXTENSIBLE = 0xfffe;
    /** More than any header with its tags; behind it nothing can be a header any more. */
    private static final int MAX_HEADER_BYTES = 16 * 1024;

    static final String CUT_HEADER = "the model's audio begins with a WAV header without an end";

    private SpokenFormat format;
    private boolean isHeaderCut;

    /** @param sampleRateHz of PCM that has no header */
    AudioContainer(int sampleRateHz) {
        format = SpokenFormat.mono(sampleRateHz);
    }

    /**
     * Moves the indices of {@code piece} to its samples, if it begins with a WAV header.
     *
     * @param piece lent
     * @param first whether the stream begins here
     * @return what is wrong, in a sentence; null: these are samples, or {@link #isHeaderCut}
     */
    @Nullable
    String unwrap(ByteBuf piece, boolean first) {
        isHeaderCut = false;
        int start = piece.readerIndex();
        int bytes = piece.readableBytes();
        if (bytes >= RIFF_HEADER_BYTES) {
            if (piece.getInt(start) == RIFF && piece.getInt(start + 8) == WAVE) return unwrapWav(piece);
        } else if (first && beginsLikeRiff(piece)) {
            isHeaderCut = true;
            return null;
        }
        if (!first || bytes < 4) return null;
        int magic = piece.getInt(start);
        if (magic >>> 8 == ID3 || MpegFrame.beginsAt(piece, start)) return unexpected("mp3");
        if (magic == OGGS) return unexpected("ogg");
        if (magic == FLAC) return unexpected("flac");
        return null;
    }

    /** The last piece ended within its header: the next goes on with it. */
    boolean isHeaderCut() {
        return isHeaderCut;
    }

    /** Of the samples that were unwrapped last. */
    SpokenFormat format() {
        return format;
    }

    /**
     * The event says the rate of its PCM.
     *
     * @return what is wrong, in a sentence; null: nothing
     */
    @Nullable
    String takeRate(long sampleRateHz) {
        if (!SpokenFormat.isSpeechRate(sampleRateHz)) {
            return "the model's audio is of " + sampleRateHz + " Hz (expected: " + SpokenFormat.EXPECTED_RATES + ")";
        }
        if (format.sampleRateHz() != sampleRateHz) format = new SpokenFormat((int) sampleRateHz, format.channels());
        return null;
    }

    private static boolean beginsLikeRiff(ByteBuf piece) {
        int bytes = Math.min(4, piece.readableBytes());
        for (int i = 0; i < bytes; i++) {
            if (piece.getByte(piece.readerIndex() + i) != (byte) (RIFF >>> (24 - 8 * i))) return false;
        }
        return bytes > 0;
    }

    /*
     *  RIFF size WAVE │ fmt_ 16 format channels rate byte-rate block bits │ LIST size … │ data size samples …
     *  12 bytes       │ 8 + 16 bytes or more                              │ any number  │ 8 bytes; size may be a lie
     */
    private @Nullable String unwrapWav(ByteBuf piece) {
        int end = piece.writerIndex();
        int at = piece.readerIndex() + RIFF_HEADER_BYTES;
        SpokenFormat found = null;
        while (at <= end - CHUNK_HEADER_BYTES) {
            int chunk = piece.getInt(at);
            long chunkBytes = piece.getUnsignedIntLE(at + 4);
            at += CHUNK_HEADER_BYTES;
            if (chunk == DATA && found != null) {
                if (!found.equals(format)) format = found;
                piece.readerIndex(at);
                // 0xFFFFFFFF and 0 are written by those who stream; anything short ends before trailing chunks.
                if (chunkBytes > 0 && chunkBytes < end - at) piece.writerIndex(at + (int) chunkBytes);
                return null;
            }
            if (chunk == FMT && chunkBytes >= FMT_BYTES && at <= end - FMT_BYTES) {
                String complaint = complaintAboutFormat(piece, at);
                if (complaint != null) return complaint;
                found = new SpokenFormat((int) piece.getUnsignedIntLE(at + 4), piece.getUnsignedShortLE(at + 2));
            }
            long next = at + chunkBytes + (chunkBytes & 1);
            if (next > end) break;
            at = (int) next;
        }
        if (piece.readableBytes() > MAX_HEADER_BYTES) return CUT_HEADER;
        isHeaderCut = true;
        return null;
    }

    private static @Nullable String complaintAboutFormat(ByteBuf piece, int at) {
        int format = piece.getUnsignedShortLE(at);
        int channels = piece.getUnsignedShortLE(at + 2);
        long sampleRateHz = piece.getUnsignedIntLE(at + 4);
        int bits = piece.getUnsignedShortLE(at + 14);
        boolean isPcm16 = (format == FORMAT_PCM || format == FORMAT_EXTENSIBLE) && bits == 16;
        boolean isUnderstood =
                sampleRateHz <= Integer.MAX_VALUE && new SpokenFormat((int) sampleRateHz, channels).isUnderstood();
        if (isPcm16 && isUnderstood) return null;
        return "the model's audio is a WAV of format " + format + ", " + channels + " channels, " + sampleRateHz
                + " Hz, " + bits + " bits (expected: pcm16, mono or stereo, " + SpokenFormat.EXPECTED_RATES + ")";
    }

    private static String unexpected(String format) {
        return "the model's audio is " + format + " (expected: pcm16)";
    }
}
