package dev.antiphon.server.rest.chat;

import dev.antiphon.audio.Base64PcmStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A request's JSON in pieces, cut anywhere, with the sound taken out of it: each {@code messages[].content[]
 * .input_audio.data} is decoded as it arrives and its number put in its place, so that neither the base64 nor a copy of it
 * is ever kept. Whether the JSON is well-formed is the reader's to say: nothing else of it is changed.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class AudioSieve implements AutoCloseable {
    /*
     * Only where we are is followed, not what may come there:
     *
     *   depth    1 {          2 [   3 {         4 [   5 {             6 {
     *   key      "messages"         "content"         "input_audio"     "data": "UklGR…"
     */
    private static final byte[][] KEYS = {
        {}, ascii("messages"), {}, ascii("content"), {}, ascii("input_audio"), ascii("data")
    };
    private static final boolean[] IS_OBJECT = {false, true, false, true, false, true, true};
    private static final int DATA_DEPTH = 6;
    private static final int HEX_DIGITS = 4;
    private static final int FIRST_CAPACITY_BYTES = 4 * 1024;

    private enum State {
        AWAITING_STRING,
        IN_KEY,
        IN_STRING,
        IN_SOUND
    }

    private final ByteBufAllocator allocator;
    private final ByteBuf json;
    private final List<Sound> sounds = new ArrayList<>();
    private State state = State.AWAITING_STRING;
    private boolean isEscaped; // the character before was a backslash
    private int hexDigitsDue; // of \\uXXXX in a sound
    private int codeUnit;
    private int depth;
    private boolean isClosed; // a released buffer may already be somebody else's: it is not to be asked

    // Of the container at each depth, as far as the path goes.
    private final boolean[] isOnPath = new boolean[DATA_DEPTH + 1];
    private final boolean[] isKeyNext = new boolean[DATA_DEPTH + 1];
    private final boolean[] isKeyOnPath = new boolean[DATA_DEPTH + 1];
    private int keyBytes; // of the key being read that are those of the path; negative: they are not

    AudioSieve(ByteBufAllocator allocator) {
        this.allocator = allocator;
        json = allocator.buffer(FIRST_CAPACITY_BYTES);
    }

    /** One file, as far as it has come. */
    private static final class Sound {
        private final Base64PcmStream base64 = new Base64PcmStream();
        private final ByteBuf file;
        private boolean isBase64 = true;

        Sound(ByteBuf file) {
            this.file = file;
        }
    }

    /** @param in lent, read to its end */
    void feed(ByteBuf in) {
        byte[] bytes = ByteBufUtil.getBytes(in, in.readerIndex(), in.readableBytes(), false);
        int offset = in.hasArray() ? bytesOffset(in, bytes) : 0;
        int end = offset + in.readableBytes();
        int at = offset;
        while (at < end) {
            at = switch (state) {
                case AWAITING_STRING -> readStructure(bytes, at, end);
                case IN_KEY, IN_STRING -> readString(bytes, at, end);
                case IN_SOUND -> readSound(bytes, at, end);
            };
        }
        in.skipBytes(in.readableBytes());
    }

    /** Where the readable bytes begin: the array may be the buffer's own. */
    private static int bytesOffset(ByteBuf in, byte[] bytes) {
        return bytes == in.array() ? in.arrayOffset() + in.readerIndex() : 0;
    }

    private int readStructure(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && state == State.AWAITING_STRING) {
            switch (bytes[at++]) {
                case '{' -> open(true);
                case '[' -> open(false);
                case '}', ']' -> depth = Math.max(0, depth - 1);
                case ',' -> setKeyNext(true);
                case ':' -> setKeyNext(false);
                case '"' -> openString();
                default -> {}
            }
        }
        json.writeBytes(bytes, from, at - from);
        return at;
    }

    private void open(boolean isObject) {
        depth++;
        if (depth > DATA_DEPTH) return;
        boolean isParentOnPath =
                depth == 1 || (isOnPath[depth - 1] && (!IS_OBJECT[depth - 1] || isKeyOnPath[depth - 1]));
        isOnPath[depth] = isParentOnPath && isObject == IS_OBJECT[depth];
        isKeyNext[depth] = isObject;
        isKeyOnPath[depth] = false;
    }

    private void setKeyNext(boolean isNext) {
        if (depth >= 1 && depth <= DATA_DEPTH && IS_OBJECT[depth]) isKeyNext[depth] = isNext;
    }

    private void openString() {
        if (depth < 1 || depth > DATA_DEPTH || !isOnPath[depth] || !IS_OBJECT[depth]) {
            state = State.IN_STRING;
        } else if (isKeyNext[depth]) {
            state = State.IN_KEY;
            keyBytes = 0;
        } else if (depth == DATA_DEPTH && isKeyOnPath[depth]) {
            state = State.IN_SOUND;
            sounds.add(new Sound(allocator.buffer(FIRST_CAPACITY_BYTES)));
        } else {
            state = State.IN_STRING;
        }
    }

    private int readString(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && state != State.AWAITING_STRING) {
            byte octet = bytes[at++];
            if (isEscaped) isEscaped = false;
            else if (octet == '\\') isEscaped = true;
            else if (octet == '"') closeString();
            if (state == State.IN_KEY) matchKey(octet);
        }
        json.writeBytes(bytes, from, at - from);
        return at;
    }

    private void matchKey(byte octet) {
        byte[] key = KEYS[depth];
        boolean isSame = keyBytes >= 0 && keyBytes < key.length && key[keyBytes] == octet;
        keyBytes = isSame ? keyBytes + 1 : -1;
    }

    private void closeString() {
        if (state == State.IN_KEY) isKeyOnPath[depth] = keyBytes == KEYS[depth].length;
        state = State.AWAITING_STRING;
    }

    private int readSound(byte[] bytes, int from, int end) {
        Sound sound = sounds.get(sounds.size() - 1);
        int at = from;
        while (at < end && !isEscaped && hexDigitsDue == 0 && bytes[at] != '"' && bytes[at] != '\\') at++;
        if (at > from) {
            decode(sound, bytes, from, at - from);
            return at;
        }
        byte octet = bytes[at];
        if (hexDigitsDue > 0) onHexDigit(sound, octet);
        else if (isEscaped) onEscaped(sound, octet);
        else if (octet == '\\') isEscaped = true;
        else closeSound(sound);
        return at + 1;
    }

    private static void decode(Sound sound, byte[] bytes, int offset, int length) {
        if (sound.isBase64) sound.isBase64 = sound.base64.decode(bytes, offset, length, sound.file) == length;
    }

    /** Some encoders escape every slash, some every sign of equality, some break lines. */
    private void onEscaped(Sound sound, byte octet) {
        isEscaped = false;
        switch (octet) {
            case '/' -> decode(sound, new byte[] {octet}, 0, 1);
            case 'n', 'r' -> {}
            case 'u' -> {
                hexDigitsDue = HEX_DIGITS;
                codeUnit = 0;
            }
            default -> sound.isBase64 = false;
        }
    }

    private void onHexDigit(Sound sound, byte octet) {
        int digit = Character.digit(octet, 16);
        if (digit < 0) sound.isBase64 = false;
        codeUnit = codeUnit << 4 | (digit & 0xF);
        if (--hexDigitsDue > 0) return;
        if (codeUnit > 0x7F) sound.isBase64 = false;
        else decode(sound, new byte[] {(byte) codeUnit}, 0, 1);
    }

    private void closeSound(Sound sound) {
        state = State.AWAITING_STRING;
        if (!sound.base64.end(sound.file)) sound.isBase64 = false;
        json.writeCharSequence(sounds.size() - 1 + "\"", StandardCharsets.US_ASCII);
    }

    /** What is left: lent until {@link #close}. */
    ByteBuf json() {
        return json;
    }

    boolean hasSound(int number) {
        return number >= 0 && number < sounds.size();
    }

    /** Whether there is a sound of that number, and what stood there was base64. */
    boolean isBase64(int number) {
        return hasSound(number) && sounds.get(number).isBase64;
    }

    /** @return the decoded file; given */
    ByteBuf file(int number) {
        return sounds.get(number).file.retain();
    }

    /** Lets go of everything but files that were given away. Idempotent. */
    @Override
    public void close() {
        if (isClosed) return;
        isClosed = true;
        json.release();
        for (Sound sound : sounds) sound.file.release();
        sounds.clear();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
