package dev.antiphon.server.media;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of one part of a form say.
 *
 * <p>Threading: immutable.
 *
 * @param name of the field, without the {@code []} or {@code [0]} of an array
 * @param filename null: it is a field
 * @param contentType null: it does not say
 */
record FormPart(
        String name, @Nullable String filename, @Nullable String contentType) {
    private static final String FILE = "file";
    // RFC 7578 §4.7: senders should not use others, and none that we know does.
    private static final Set<String> IDENTITY_ENCODINGS = Set.of("7bit", "8bit", "binary");

    /** @param headers each with its CRLF; RFC 7578 §4 */
    static FormPart parse(byte[] headers, int length) {
        String lines = HeaderParameters.text(ByteBuffer.wrap(headers, 0, length), StandardCharsets.UTF_8);
        HeaderParameters disposition = null;
        String contentType = null;
        for (int at = 0; at < lines.length(); ) {
            int end = lines.indexOf("\r\n", at);
            int colon = lines.indexOf(':', at);
            if (end < 0 || colon < 0 || colon >= end) {
                throw MultipartFault.malformed("header: no colon in it (expected: name: value)");
            }
            String name = lines.substring(at, colon).toLowerCase(Locale.ROOT);
            String value = lines.substring(colon + 1, end).strip();
            switch (name) {
                case "content-disposition" -> {
                    if (disposition != null) throw MultipartFault.malformed("content-disposition: two (expected: one)");
                    disposition = HeaderParameters.parse(value);
                }
                case "content-type" -> contentType = value;
                case "content-transfer-encoding" -> checkEncoding(value);
                default -> {}
            }
            at = end + 2;
        }
        if (disposition == null || !disposition.value().equals("form-data")) {
            throw MultipartFault.malformed("part: no content-disposition (expected: form-data; name=…)");
        }
        String name = disposition.get("name");
        if (name == null) throw MultipartFault.malformed("part: no name (expected: form-data; name=…)");
        String filename = disposition.getExtended("filename");
        // Some write the file as a field; under this name it can be nothing else.
        if (filename == null && name.equals(FILE)) filename = "";
        return new FormPart(withoutIndex(name), filename, contentType);
    }

    Charset charset() {
        if (contentType == null) return StandardCharsets.UTF_8;
        String charset = HeaderParameters.parse(contentType).get("charset");
        return charset == null ? StandardCharsets.UTF_8 : HeaderParameters.charsetOf(charset);
    }

    private static void checkEncoding(String encoding) {
        if (IDENTITY_ENCODINGS.contains(encoding.toLowerCase(Locale.ROOT))) return;
        throw MultipartFault.malformed("content-transfer-encoding: not binary (expected: the bytes as they are)");
    }

    private static String withoutIndex(String name) {
        int at = name.length() - 1;
        if (at < 1 || name.charAt(at) != ']') return name;
        while (at > 0 && Character.isDigit(name.charAt(at - 1))) at--;
        return at > 1 && name.charAt(at - 1) == '[' ? name.substring(0, at - 1) : name;
    }
}
