package dev.antiphon.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.usage.PriceTable.Price;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tokens to money. */
class PriceTableTest {
    private static final Price PRICE = new Price(2.5, 32, 5, 0.4, 10, 64, 0.006, 15);

    @Test
    void eachKindHasItsPrice() {
        assertThat(PRICE.of(new TokenCounts(1_000_000, 0, 0, 0, 0, 0, 0))).isEqualTo(2.5);
        assertThat(PRICE.of(new TokenCounts(0, 1_000_000, 0, 0, 0, 0, 0))).isEqualTo(32);
        assertThat(PRICE.of(new TokenCounts(0, 0, 1_000_000, 0, 0, 0, 0))).isEqualTo(5);
        assertThat(PRICE.of(new TokenCounts(0, 0, 0, 0, 1_000_000, 0, 0))).isEqualTo(10);
        assertThat(PRICE.of(new TokenCounts(0, 0, 0, 0, 0, 1_000_000, 0))).isEqualTo(64);
        assertThat(PRICE.of(new TokenCounts(0, 0, 0, 0, 0, 0, 90))).isCloseTo(0.009, within(1e-12));
        assertThat(PRICE.of(TokenCounts.ofSpokenCharacters(1_000))).isEqualTo(0.015);
    }

    @Test
    void whatIsCachedIsTextFirstThenSound() {
        assertThat(PRICE.of(new TokenCounts(600_000, 400_000, 0, 700_000, 0, 0, 0)))
                .isCloseTo(0.7 * 0.4 + 0.3 * 32, within(1e-9));
    }

    @Test
    void aModelWithoutAPriceHasNone() {
        PriceTable table = new PriceTable("EUR", Map.of("gpt-audio", PRICE));
        assertThat(table.of("gpt-audio")).isEqualTo(PRICE);
        assertThat(table.of("other")).isNull();
        assertThat(new PriceTable("EUR", Map.of(), PRICE).of("other")).isEqualTo(PRICE);
    }
}
