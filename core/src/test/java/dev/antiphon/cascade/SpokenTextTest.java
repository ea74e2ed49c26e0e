package dev.antiphon.cascade;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpokenTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '=',
            value = {
                "Hello there. = Hello there.",
                "This is **very** *important*, __really__ _so_. = This is very important, really so.",
                "2 * 3 is 6, and 2*3 too. = 2 * 3 is 6, and 2*3 too.",
                "Use snake_case and `code`. = Use snake_case and code.",
                "~~old~~ new = old new",
                "# A heading = A heading",
                "> A quote = A quote",
                "- an entry = an entry",
                "* an entry = an entry",
                "1. an entry = 1. an entry",
                "-5 degrees = -5 degrees",
                "See [the docs](https://a.example/x?y#z) now. = See the docs now.",
                "![a cat](cat.png) = a cat",
                "See https://www.example.com/a/b?c#d. = See example.com.",
                "(at http://example.com) = (at example.com)",
                "Great 😀👍🏽! 👩‍👩‍👧 = Great !",
                "| Name | Age | = Name, Age",
                "It costs 5 € at 20 °C, ok? = It costs 5 € at 20 °C, ok?",
                "**bold that is cut = bold that is cut",
                "cut off** here = cut off here",
            })
    void isWhatAPersonWouldReadAloud(String text, String spoken) {
        assertThat(SpokenText.of(text)).isEqualTo(spoken);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n ", "---", "***", "😀", "…", "|---|:---:|", "**", "```", "!?"})
    void nothingIsNothing(String text) {
        assertThat(SpokenText.of(text)).isEmpty();
    }

    @org.junit.jupiter.api.Test
    void linesEndWithAPoint() {
        assertThat(SpokenText.of("- apples\n- pears\n- plums\n")).isEqualTo("apples. pears. plums");
        assertThat(SpokenText.of("One,\ntwo.\nThree")).isEqualTo("One, two. Three");
    }
}
