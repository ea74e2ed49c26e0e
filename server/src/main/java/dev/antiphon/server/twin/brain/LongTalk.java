package dev.antiphon.server.twin.brain;

/** Talk of a given length, of sentences that are not all alike. */
final class LongTalk {
    private static final String[] SENTENCES = {
        "Call and response is the oldest way to sing together.",
        "One voice begins, and another one answers.",
        "The shorter the pause between them, the more it feels like talking.",
        "A good listener knows when the speaker has finished.",
        "A good speaker stops when somebody interrupts.",
        "Sound travels about a metre in three milliseconds.",
        "That is less time than a packet needs to cross the street.",
        "Every queue on the way adds a little, and nobody notices until it is too much.",
    };
    /** The twin's middle voice speaks about so many characters in a second. */
    private static final double CHARS_PER_SECOND = 18;

    private LongTalk() {}

    static String lasting(int seconds) {
        StringBuilder talk = new StringBuilder();
        double chars = seconds * CHARS_PER_SECOND;
        for (int count = 0; talk.length() < chars; count++) {
            String sentence = SENTENCES[count % SENTENCES.length];
            boolean isTooLong = talk.length() + sentence.length() / 2.0 > chars;
            if (isTooLong && count > 0) return talk.toString();
            if (count > 0) talk.append(' ');
            talk.append(isTooLong ? "Certainly, I will." : sentence);
        }
        return talk.toString();
    }
}
