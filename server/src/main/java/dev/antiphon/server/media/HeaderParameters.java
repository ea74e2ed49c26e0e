package dev.antiphon.server.media;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A header's value with its parameters: {@code form-data; name="file"; filename*=utf-8''na%C3%AFve.webm}.
 *
 * <p>Threading: immutable.
 */
final class HeaderParameters {
    private final String value;
    private final Map<String, String> parameters;

    private HeaderParameters(String value, Map<String, String> parameters) {
        this.value = value;
        this.parameters = parameters;
    }

    /** @throws MultipartFault if it is none, or names a parameter twice */
    static HeaderParameters parse(String header) {
        Map<String, String> parameters = new HashMap<>();
        int at = endOfToken(header, 0);
        String value = header.substring(0, at).strip().toLowerCase(Locale.ROOT);
        while (at < header.length()) {
            int equals = header.indexOf('=', ++at); // past the semicolon
            if (equals < 0) {
                if (header.substring(at).isBlank()) break;
                throw broken();
            }
            String name = header.substring(at, equals).strip().toLowerCase(Locale.ROOT);
            int from = pastBlanks(header, equals + 1);
            String parameter;
            if (from < header.length() && header.charAt(from) == '"') {
                int end = endOfQuoted(header, from);
                parameter = unquoted(header.substring(from + 1, end));
                at = pastBlanks(header, end + 1);
                if (at < header.length() && header.charAt(at) != ';') throw broken();
            } else {
                at = endOfToken(header, from);
                parameter = header.substring(from, at).strip();
            }
            if (parameters.put(name, parameter) != null) throw broken();
        }
        return new HeaderParameters(value, parameters);
    }

    /** What stands before the parameters, in lower case. */
    String value() {
        return value;
    }

    /** null: not there. */
    @Nullable
    String get(String name) {
        return parameters.get(name);
    }

    /** The same in its extended form, {@code name*}, if it has one. RFC 8187 §3.2. */
    @Nullable
    String getExtended(String name) {
        String extended = parameters.get(name + "*");
        return extended == null ? get(name) : decoded(extended);
    }

    private static int endOfToken(String header, int from) {
        int end = header.indexOf(';', from);
        return end < 0 ? header.length() : end;
    }

    private static int pastBlanks(String header, int from) {
        int at = from;
        while (at < header.length() && (header.charAt(at) == ' ' || header.charAt(at) == '\t')) at++;
        return at;
    }

    private static int endOfQuoted(String header, int from) {
        for (int at = from + 1; at < header.length(); at++) {
            char c = header.charAt(at);
            if (c == '"') return at;
            if (c == '\\' && isEscape(header, at)) at++;
        }
        throw broken();
    }

    /** A backslash before anything else stands for itself: some write whole Windows paths. */
    private static boolean isEscape(String text, int at) {
        return at + 1 < text.length() && (text.charAt(at + 1) == '"' || text.charAt(at + 1) == '\\');
    }

    private static String unquoted(String quoted) {
        if (quoted.indexOf('\\') < 0) return quoted;
        StringBuilder text = new StringBuilder(quoted.length());
        for (int at = 0; at < quoted.length(); at++) {
            if (quoted.charAt(at) == '\\' && isEscape(quoted, at)) at++;
            text.append(quoted.charAt(at));
        }
        return text.toString();
    }

    /** {@code charset'language'percent-encoded}. */
    private static String decoded(String extended) {
        int charsetEnd = extended.indexOf('\'');
        int languageEnd = extended.indexOf('\'', charsetEnd + 1);
        if (charsetEnd < 0 || languageEnd < 0) throw broken();
        Charset charset = charsetOf(extended.substring(0, charsetEnd));
        byte[] bytes = new byte[extended.length()];
        int length = 0;
        for (int at = languageEnd + 1; at < extended.length(); at++) {
            char c = extended.charAt(at);
            if (c == '%') {
                if (at + 2 >= extended.length()) throw broken();
                int high = Character.digit(extended.charAt(at + 1), 16);
                int low = Character.digit(extended.charAt(at + 2), 16);
                if (high < 0 || low < 0) throw broken();
                bytes[length++] = (byte) (high << 4 | low);
                at += 2;
            } else if (c < 0x80) bytes[length++] = (byte) c;
            else throw broken();
        }
        return text(ByteBuffer.wrap(bytes, 0, length), charset);
    }

    /** @throws MultipartFault if it is none of the three that forms are written in */
    static Charset charsetOf(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "utf-8", "utf8" -> StandardCharsets.UTF_8;
            case "us-ascii", "ascii" -> StandardCharsets.US_ASCII;
            case "iso-8859-1", "latin1" -> StandardCharsets.ISO_8859_1;
            default -> throw MultipartFault.malformed("charset: unknown (expected: utf-8, us-ascii or iso-8859-1)");
        };
    }

    static String text(ByteBuffer bytes, Charset charset) {
        try {
            return charset.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw MultipartFault.malformed("text: not " + charset.name() + " (expected: the charset that is declared)");
        }
    }

    private static MultipartFault broken() {
        return MultipartFault.malformed(
                "header: broken parameters (expected: name=value or name=\"value\", each once)");
    }
}
