package dev.antiphon.cascade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.cascade.SpeechSettings.Portions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SentenceSplitterTest {
    /** Sentences end where they end, whatever their length. */
    private static final Portions PLAIN = new Portions(0, 0, 280);

    private static final List<String> TEXTS = List.of(
            "Hello! How are you? I am fine.",
            "Pi is 3.14, roughly. Dr. Smith, e.g., knows; so does J. R. Oppenheimer of the U.S. army. Done.",
            "He said \"Stop!\" Then he left. (Really.) \"Why?\" she asked...",
            "Look at https://www.example.com/a.b?c=d!e. It is at 10:30; bring No. 5: it helps.",
            "1. First thing\n2. Second thing\n\n- a\n- b\n",
            "你好！你叫什么名字？我叫“小明”。很高兴，见到你；再见",
            "Code:\n```java\nint i = 0; // no. end!\n\n  ```\nThat was it. ``` is no fence.",
            "```\nonly code\n```",
            "no end at all, and a comma — and a dash",
            "   \n\n  leading blanks. And trailing ones.   \n\n ",
            "Emoji 😀! 👩‍👩‍👧 And surrogates 𝒜𝒷𝒸.",
            "Wait… what? No... yes. well... perhaps",
            "x".repeat(900),
            "word ".repeat(200),
            "a, ".repeat(300),
            "```\n" + "code line\n".repeat(100) + "```\nafter. that",
            "");

    @Nested
    class ASentenceEnds {
        @Test
        void atAMarkBeforeABlank() {
            assertThat(split("Hello! How are you? I am fine."))
                    .containsExactly("Hello!", " How are you?", " I am fine.");
        }

        @Test
        void behindTheQuotesThatCloseIt() {
            assertThat(split("He said \"Stop!\" Then (he left.) So."))
                    .containsExactly("He said \"Stop!\"", " Then (he left.)", " So.");
        }

        @Test
        void atASemicolonAndAColon() {
            assertThat(split("Two things: one; the other")).containsExactly("Two things:", " one;", " the other");
        }

        @Test
        void atALineEnd() {
            assertThat(split("One\nTwo\n\nThree")).containsExactly("One\n", "Two\n", "\nThree");
        }

        @Test
        void atACjkMarkWhateverFollows() {
            assertThat(split("你好！你叫什么？“我。”好")).containsExactly("你好！", "你叫什么？", "“我。”", "好");
        }

        @Test
        void atTheLastMarkOfMany() {
            assertThat(split("What?! No... Yes…  Well.")).containsExactly("What?!", " No...", " Yes…", "  Well.");
        }
    }

    @Nested
    class NoSentenceEnds {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "It is 3.14 or 2,718.28 at 10:30",
                    "See https://example.com/a.b?c=d!e;f:g now",
                    "Ask Dr. Smith or Mrs. Jones",
                    "Fruit, e.g. Apples, i.e. Pears",
                    "The U.S. Army at 5 p.m. Eastern",
                    "By J. R. R. Tolkien",
                    "See No. 5 and fig. 7",
                    "Well... perhaps not",
                    "Yahoo! said so",
                    "1. First thing",
                    "version 2.0.1-beta.3",
                })
        void at(String text) {
            assertThat(split(text)).containsExactly(text);
        }

        @Test
        void butAtAWordThatIsAnAbbreviationOnlyBeforeANumber() {
            assertThat(split("The answer is no. So it is.")).containsExactly("The answer is no.", " So it is.");
        }

        @Test
        void butAtANumberThatIsNoListEntry() {
            assertThat(split("It was 12. Then 13.")).containsExactly("It was 12.", " Then 13.");
        }
    }

    @Nested
    class Lengths {
        @Test
        void theFirstPortionMayEndEarlyAtAComma() {
            Portions early = new Portions(10, 0, 280);
            assertThat(split(early, "Oh, well, certainly, my friend, yes.", 1000))
                    .containsExactly("Oh, well, certainly,", " my friend, yes.");
            assertThat(split(early, "你好，今天天气很好啊，朋友，是", 1000)).containsExactly("你好，今天天气很好啊，", "朋友，是");
        }

        @Test
        void onlyTheFirst() {
            Portions early = new Portions(5, 0, 280);
            assertThat(split(early, "Hello! Well then, certainly, yes.", 1000))
                    .containsExactly("Hello!", " Well then, certainly, yes.");
        }

        @Test
        void shortSentencesAreJoinedButNotTheFirst() {
            Portions joined = new Portions(0, 12, 280);
            assertThat(split(joined, "Hi! Yes. No. Of course not. Oh. Good: that is all.", 1000))
                    .containsExactly("Hi!", " Yes. No. Of course not.", " Oh. Good: that is all.");
        }

        @Test
        void aRunOnIsCutAtItsLastClause() {
            Portions small = new Portions(0, 0, 40);
            assertThat(split(small, "one two three four five, six seven eight nine ten eleven", 1000))
                    .containsExactly("one two three four five,", " six seven eight nine ten eleven");
        }

        @Test
        void orBetweenTwoWords() {
            Portions small = new Portions(0, 0, 40);
            assertThat(split(small, "one two three four five six seven eight nine ten", 1000))
                    .containsExactly("one two three four five six seven eight", " nine ten");
        }

        @Test
        void neverWithinASurrogatePair() {
            Portions small = new Portions(0, 0, 41);
            assertThat(split(small, "𝒜".repeat(60), 1000))
                    .containsExactly("𝒜".repeat(20), "𝒜".repeat(20), "𝒜".repeat(20));
        }

        @Test
        void noPortionIsLongerThanTheBound() {
            for (String text : TEXTS) {
                for (String portion : split(new Portions(0, 0, 50), text, 3))
                    assertThat(portion.length()).isLessThanOrEqualTo(100);
            }
        }
    }

    @Nested
    class Code {
        @Test
        void isAPortionOfItsOwnAndSilent() {
            List<Sentence> portions =
                    sentences(PLAIN, "Try this:\n```java\nint i = 0; // Really. Do!\n```\nThat is it.", 1000);
            assertThat(portions)
                    .extracting(Sentence::text)
                    .containsExactly("Try this:", "\n", "```java\nint i = 0; // Really. Do!\n```\n", "That is it.");
            assertThat(portions).extracting(Sentence::spoken).containsExactly("Try this:", "", "", "That is it.");
        }

        @Test
        void isSilentWhereItIsCutForItsLength() {
            List<Sentence> portions =
                    sentences(new Portions(0, 0, 40), "```\n" + "Line. Next!\n".repeat(20) + "```\nEnd.", 1000);
            assertThat(portions.get(portions.size() - 1)).isEqualTo(new Sentence("End.", "End."));
            assertThat(portions.subList(0, portions.size() - 1))
                    .allMatch(Sentence::isSilent)
                    .hasSizeGreaterThan(2);
        }

        @Test
        void thatNeverEndsIsSilentToo() {
            assertThat(sentences(PLAIN, "```\nfoo. Bar.", 1000)).allMatch(Sentence::isSilent);
        }
    }

    static Stream<String> texts() {
        return TEXTS.stream();
    }

    @ParameterizedTest
    @MethodSource("texts")
    void nothingIsLostAndCutsMakeNoDifference(String text) {
        for (Portions portions : List.of(PLAIN, Portions.DEFAULT, new Portions(5, 8, 40))) {
            List<String> whole = split(portions, text, Math.max(1, text.length()));
            assertThat(String.join("", whole)).isEqualTo(text);
            assertThat(split(portions, text, 1)).as("char by char").isEqualTo(whole);
            for (int cut = 1; cut < text.length(); cut++) {
                List<Sentence> out = new ArrayList<>();
                SentenceSplitter splitter = new SentenceSplitter(portions, out::add);
                splitter.feed(text.substring(0, cut));
                splitter.feed(text.substring(cut));
                splitter.end();
                assertThat(out).extracting(Sentence::text).as("cut at %d", cut).isEqualTo(whole);
            }
        }
    }

    @Test
    void nothingIsLostOfAnything() {
        Random random = new Random(4);
        String alphabet = "aB1 .!?…;:,\n`\"')。，-*_😀|#";
        for (int round = 0; round < 3_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(200); i > 0; i--)
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            Portions portions = new Portions(random.nextInt(20), random.nextInt(20), 40 + random.nextInt(60));
            List<String> whole = split(portions, text.toString(), 1_000);
            assertThat(String.join("", whole)).isEqualTo(text.toString());
            assertThat(split(portions, text.toString(), 1 + random.nextInt(7))).isEqualTo(whole);
        }
    }

    @Test
    void aWordThatFollowsIsEnoughToKnow() {
        List<Sentence> out = new ArrayList<>();
        SentenceSplitter splitter = new SentenceSplitter(PLAIN, out::add);
        splitter.feed("It is done.");
        assertThat(out).isEmpty();
        splitter.feed(" Now");
        assertThat(out).containsExactly(new Sentence("It is done.", "It is done."));
    }

    private static List<String> split(String text) {
        return split(PLAIN, text, 1_000);
    }

    private static List<String> split(Portions portions, String text, int pieceChars) {
        return sentences(portions, text, pieceChars).stream()
                .map(Sentence::text)
                .toList();
    }

    private static List<Sentence> sentences(Portions portions, String text, int pieceChars) {
        List<Sentence> out = new ArrayList<>();
        SentenceSplitter splitter = new SentenceSplitter(portions, out::add);
        for (int at = 0; at < text.length(); at += pieceChars) {
            splitter.feed(text.substring(at, Math.min(text.length(), at + pieceChars)));
        }
        splitter.end();
        return out;
    }
}
