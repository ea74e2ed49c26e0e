package dev.antiphon.cascade;

/**
 * One portion of an answer.
 *
 * <p>Threading: immutable.
 *
 * @param text as the model wrote it; the texts of all portions, joined, are the answer
 * @param spoken what of it is pronounced; empty: nothing
 */
record Sentence(String text, String spoken) {
    static Sentence prose(String text) {
        return new Sentence(text, SpokenText.of(text));
    }

    /** Part of a block of code, which nobody wants to hear. */
    static Sentence code(String text) {
        return new Sentence(text, "");
    }

    boolean isSilent() {
        return spoken.isEmpty();
    }
}
