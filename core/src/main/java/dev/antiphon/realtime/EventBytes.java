package dev.antiphon.realtime;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Base64Pcm;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The UTF-8 bytes of one client event, and what is read from them without a parser: base64.
 *
 * <p>Threading: confined to its caller.
 */
final class EventBytes {
    /** Deep enough for the schema of any tool. */
    static final int MAX_NESTING = 64;
    /** Long enough for a picture in an {@code input_image}; audio is not a string to the parser and not counted. */
    static final int MAX_STRING_CHARS = 4 << 20;

    private static final int MAX_NAME_CHARS = 1024;
    private static final int MAX_NUMBER_CHARS = 64;

    // Without detection of charsets: a frame of text is UTF-8 (RFC 6455 §5.6), and positions must be those of bytes.
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxStringLength(MAX_STRING_CHARS)
                    .maxNameLength(MAX_NAME_CHARS)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .build())
            .build();

    private final byte[] bytes;
    private final int offset;
    private final int length;

    EventBytes(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
    }

    JsonParser newParser() throws IOException {
        return JSON.createParser(bytes, offset, length);
    }

    byte[] bytes() {
        return bytes;
    }

    int positionOf(JsonLocation location) {
        return offset + (int) location.getByteOffset();
    }

    /** @param eventIdFrom first byte of the id within its quotes; 0: there is none */
    void remember(AppendEnvelope envelope, int eventIdFrom, int audioFrom, int audioTo) {
        envelope.remember(bytes, offset, length, eventIdFrom, audioFrom, audioTo);
    }

    /** Position of the quote that ends the string whose first byte is at {@code from}. */
    int endOfString(int from) {
        int at = from;
        while (bytes[at] != '"') at += bytes[at] == '\\' ? 2 : 1;
        return at;
    }

    /** Position of the last quote before {@code before}: the end of the string that the token there follows. */
    int endOfStringBefore(int before) {
        int at = before - 1;
        while (bytes[at] != '"') at--;
        return at;
    }

    /**
     * Appends the samples that base64 stands for.
     *
     * @param from first byte of base64
     * @param to its end, exclusive: the closing quote
     * @param audio lent
     */
    void decodeAudio(String path, int from, int to, AudioFormat format, ByteBuf audio) throws IOException {
        if (!Base64Pcm.decode(bytes, from, to - from, audio)) {
            // JSON lets a slash be written \/, which base64 knows nothing of.
            byte[] unescaped = hasBackslash(from, to) ? unescape(from, to) : new byte[0];
            if (unescaped.length == 0 || !Base64Pcm.decode(unescaped, 0, unescaped.length, audio)) {
                throw Faults.invalidValue(path, path + ": not base64 (expected: RFC 4648 §4, no line breaks)");
            }
        }
        if (audio.readableBytes() % format.bytesPerSample() != 0) {
            throw Faults.invalidValue(
                    path,
                    path + ": " + audio.readableBytes() + " bytes (expected: a multiple of 2, PCM16 little-endian)");
        }
    }

    private byte[] unescape(int from, int to) throws IOException {
        try (JsonParser json = JSON.createParser(bytes, from - 1, to - from + 2)) {
            json.nextToken();
            return json.getText().getBytes(StandardCharsets.UTF_8);
        }
    }

    private boolean hasBackslash(int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\\') return true;
        }
        return false;
    }
}
