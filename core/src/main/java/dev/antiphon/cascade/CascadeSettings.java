package dev.antiphon.cascade;

import org.jspecify.annotations.Nullable;

/**
 * Which models make up one cascade.
 *
 * <p>Threading: immutable.
 */
public record CascadeSettings(Hearing hearing, Thinking thinking, SpeechSettings speech) {

    /**
     * Who writes down what the person says.
     *
     * @param model of {@code /audio/transcriptions}
     * @param language ISO-639-1; null: to be guessed
     * @param prompt words to expect; null: none
     */
    public record Hearing(
            String model,
            @Nullable String language,
            @Nullable String prompt) {
        public Hearing {
            if (model.isEmpty()) throw new IllegalArgumentException("hearing model: empty (expected: a name)");
        }
    }

    /**
     * Who answers.
     *
     * @param model of {@code /chat/completions}, in text; null: as each request names it
     * @param guidance a system message in front of a conversation that is to be answered aloud; null: none
     */
    public record Thinking(@Nullable String model, @Nullable String guidance) {
        /** What keeps a text model from writing tables and lists to be read aloud. */
        public static final String PLAIN_SENTENCES =
                "What you write is spoken aloud by a synthesiser, and what you read was written down from speech."
                        + " Answer in short plain sentences, without markup, lists, tables or emoji.";
    }
}
