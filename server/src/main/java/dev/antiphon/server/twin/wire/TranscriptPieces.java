package dev.antiphon.server.twin.wire;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Text cut into pieces like a model's tokens: a leading blank belongs to the piece, and nothing is lost. */
public final class TranscriptPieces {
    private static final Pattern PIECE = Pattern.compile(
            "\\s*[\\p{L}\\p{M}\\p{N}'’]{1,12}|\\s*[^\\p{L}\\p{M}\\p{N}'’\\s]{1,3}|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);
    private static final int CHARS_PER_TOKEN = 4;

    private TranscriptPieces() {}

    public static List<String> of(String text) {
        return PIECE.matcher(text).results().map(MatchResult::group).toList();
    }

    /** A rough count for text that is not streamed. */
    public static int estimateTokens(int chars) {
        return (chars + CHARS_PER_TOKEN - 1) / CHARS_PER_TOKEN;
    }
}
