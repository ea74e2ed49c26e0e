package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * A WAV file that arrives in pieces, cut anywhere, becomes PCM16 mono at the file's own rate. Lengths in the file are
 * never believed beyond the bytes that are there. After a {@link WavFault} the decoder is spent.
 *
 * <p>Threading: confined to its caller.
 */
public final class WavDecoder {
    /*
     * RIFF header, then chunks: id, length, content, and one pad byte after an odd length. The sound is the content of
     * "data"; what it means stands in "fmt ", which comes before it; all others are passed over. Nothing after the sound
     * is read.
     *
     *   AWAITING_RIFF ─▶ AWAITING_CHUNK ─▶ AWAITING_FORMAT ─┐
     *                      ▲      │ └────▶ PASSING_OVER ────┤
     *                      └──────┼─────────────────────────┘
     *                             └──────▶ AWAITING_SOUND ─▶ ENDED
     */
    private enum State {
        AWAITING_RIFF,
        AWAITING_CHUNK,
        AWAITING_FORMAT,
        PASSING_OVER,
        AWAITING_SOUND,
        ENDED
    }

    static final int RIFF = 0x52494646;
    static final int WAVE = 0x57415645;
    static final int FMT = 0x666D7420;
    static final int DATA = 0x64617461;

    private static final int RIFF_BYTES = 12;
    private static final int CHUNK_BYTES = 8;
    private static final int MOST_CHUNKS = 16;
    // Written when the length is not known yet: 0 by recorders that meant to come back, all ones by streams.
    private static final long UNKNOWN_BYTES = 0xFFFF_FFFFL;

    private State state = State.AWAITING_RIFF;
    private @Nullable WavFormat format; // null: no "fmt " yet
    private int chunks;
    private long chunkBytes; // length of the chunk as it says, unsigned
    private long leftBytes; // of the chunk; in PASSING_OVER with its pad byte

    // A header or a frame that was cut, until the rest of it comes.
    private final ByteBuf cut =
            Unpooled.wrappedBuffer(new byte[WavFormat.MOST_BYTES]).clear();

    /**
     * Takes the next bytes of the file.
     *
     * @param in lent, its indices stay
     * @param out lent; the samples that became whole are appended, PCM16 mono
     * @throws WavFault if this is no WAV we know
     */
    public void feed(ByteBuf in, ByteBuf out) {
        ByteBuf rest = in.slice();
        while (rest.isReadable() && state != State.ENDED) {
            switch (state) {
                case AWAITING_RIFF -> {
                    if (isWhole(RIFF_BYTES, rest)) readRiff();
                }
                case AWAITING_CHUNK -> {
                    if (isWhole(CHUNK_BYTES, rest)) readChunkHeader();
                }
                case AWAITING_FORMAT -> {
                    int bytes = (int) Math.min(chunkBytes, WavFormat.MOST_BYTES);
                    if (isWhole(bytes, rest)) readFormat(bytes);
                }
                case PASSING_OVER -> passOver(rest);
                case AWAITING_SOUND -> readSound(rest, out);
                case ENDED -> {}
            }
        }
    }

    /** The file is over. @throws WavFault if it ended before its sound began */
    public void end() {
        switch (state) {
            case AWAITING_SOUND, ENDED -> {}
            case AWAITING_RIFF -> throw new WavFault("wav: ended in its first 12 bytes (expected: RIFF, length, WAVE)");
            case AWAITING_CHUNK, AWAITING_FORMAT, PASSING_OVER ->
                throw new WavFault("wav: ended before its data chunk (expected: fmt, then data)");
        }
    }

    /** 0: not known yet. */
    public int sampleRateHz() {
        return format == null ? 0 : format.sampleRateHz();
    }

    /** Collects {@code bytes} bytes in {@link #cut}; false while some are missing. */
    private boolean isWhole(int bytes, ByteBuf rest) {
        cut.writeBytes(rest, Math.min(bytes - cut.readableBytes(), rest.readableBytes()));
        return cut.readableBytes() == bytes;
    }

    private void readRiff() {
        int riff = cut.getInt(0);
        int wave = cut.getInt(8);
        // The length between the two is not read: no decision hangs on it, and streams do not know it.
        if (riff != RIFF) throw new WavFault("riff: 0x" + Integer.toHexString(riff) + " (expected: RIFF)");
        if (wave != WAVE) throw new WavFault("riff type: 0x" + Integer.toHexString(wave) + " (expected: WAVE)");
        become(State.AWAITING_CHUNK);
    }

    private void readChunkHeader() {
        if (++chunks > MOST_CHUNKS) {
            throw new WavFault("chunks: more than " + MOST_CHUNKS + " (expected: at most " + MOST_CHUNKS + ")");
        }
        int id = cut.getInt(0);
        chunkBytes = cut.getUnsignedIntLE(4);
        switch (id) {
            case FMT -> {
                if (format != null) throw new WavFault("fmt: a second one (expected: one)");
                WavFormat.checkLength(chunkBytes);
                become(State.AWAITING_FORMAT);
            }
            case DATA -> {
                if (format == null) throw new WavFault("data: before fmt (expected: fmt first)");
                leftBytes = chunkBytes == 0 || chunkBytes == UNKNOWN_BYTES ? Long.MAX_VALUE : chunkBytes;
                become(State.AWAITING_SOUND);
            }
            default -> passOverNext(chunkBytes);
        }
    }

    private void readFormat(int bytes) {
        format = WavFormat.read(cut, bytes);
        passOverNext(chunkBytes - bytes);
    }

    private void passOverNext(long bytes) {
        leftBytes = bytes + (chunkBytes & 1);
        become(leftBytes == 0 ? State.AWAITING_CHUNK : State.PASSING_OVER);
    }

    private void passOver(ByteBuf rest) {
        int bytes = (int) Math.min(leftBytes, rest.readableBytes());
        rest.skipBytes(bytes);
        leftBytes -= bytes;
        if (leftBytes == 0) become(State.AWAITING_CHUNK);
    }

    private void readSound(ByteBuf rest, ByteBuf out) {
        WavFormat known = format;
        if (known == null) throw new IllegalStateException("state: " + state + " without a format");
        ByteBuf sound = rest.readSlice((int) Math.min(leftBytes, rest.readableBytes()));
        leftBytes -= sound.readableBytes();
        int frameBytes = known.frameBytes();
        if (cut.isReadable() && isWhole(frameBytes, sound)) {
            known.decode(cut, 1, out);
            cut.clear();
        }
        if (sound.isReadable()) {
            known.decode(sound, sound.readableBytes() / frameBytes, out);
            cut.writeBytes(sound);
        }
        if (leftBytes == 0) become(State.ENDED);
    }

    private void become(State next) {
        cut.clear();
        state = next;
    }
}
