package dev.antiphon.server.config;

import java.math.BigDecimal;
import java.util.Map;

/**
 * What tokens cost.
 *
 * <p>Threading: immutable.
 *
 * @param currency as the operator writes it; shown, never converted
 * @param models by the name the provider knows the model by
 */
public record Prices(String currency, Map<String, Price> models) {
    public static final Prices NONE = new Prices("USD", Map.of());

    public Prices {
        models = Map.copyOf(models);
    }

    /**
     * Of a million tokens of each kind.
     *
     * @param cachedInput of input the provider had read before
     */
    public record Price(
            BigDecimal textInput,
            BigDecimal textOutput,
            BigDecimal audioInput,
            BigDecimal audioOutput,
            BigDecimal cachedInput) {}
}
