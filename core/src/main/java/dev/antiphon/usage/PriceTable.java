package dev.antiphon.usage;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What tokens cost, by model.
 *
 * <p>Threading: immutable.
 *
 * @param currency {@code USD}, or whatever the operator's invoices are in
 * @param byModel under the names that clients use
 * @param otherwise of every other name that answers; null: it has none
 */
public record PriceTable(
        String currency,
        Map<String, Price> byModel,
        @Nullable Price otherwise) {
    public static final PriceTable NONE = new PriceTable("USD", Map.of());

    private static final double MILLION = 1_000_000;
    private static final double SECONDS_PER_MINUTE = 60;

    public PriceTable {
        byModel = Map.copyOf(byModel);
    }

    public PriceTable(String currency, Map<String, Price> byModel) {
        this(currency, byModel, null);
    }

    /**
     * Of a million tokens each.
     *
     * @param cachedInput instead of the price of their own kind; what is cached is taken for text first, then for audio
     * @param minute of transcribed speech, where the model counts time
     * @param characters a million of them, where a model that speaks is paid by what it is given to say
     */
    public record Price(
            double textInput,
            double audioInput,
            double imageInput,
            double cachedInput,
            double textOutput,
            double audioOutput,
            double minute,
            double characters) {

        public double of(TokenCounts tokens) {
            long cachedText = Math.min(tokens.cachedInput(), tokens.textInput());
            long cachedAudio = Math.min(tokens.cachedInput() - cachedText, tokens.audioInput());
            double millionths = (tokens.textInput() - cachedText) * textInput
                    + (tokens.audioInput() - cachedAudio) * audioInput
                    + tokens.imageInput() * imageInput
                    + (cachedText + cachedAudio) * cachedInput
                    + tokens.textOutput() * textOutput
                    + tokens.audioOutput() * audioOutput
                    + tokens.spokenCharacters() * characters;
            return millionths / MILLION + tokens.transcribedSeconds() * minute / SECONDS_PER_MINUTE;
        }
    }

    /** Under its own name only; null: there is no price for it. */
    public @Nullable Price ofNamed(String model) {
        return byModel.get(model);
    }

    /** Of a model that answers; null: there is no price for it. */
    public @Nullable Price of(String model) {
        return byModel.getOrDefault(model, otherwise);
    }
}
