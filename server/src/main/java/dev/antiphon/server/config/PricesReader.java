package dev.antiphon.server.config;

import dev.antiphon.server.config.Prices.Price;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code prices}.
 *
 * <p>Threading: confined to its caller.
 */
final class PricesReader {
    private PricesReader() {}

    /** @param section null: nothing costs anything */
    static Prices read(@Nullable Object section) {
        if (section == null) return Prices.NONE;
        Fields fields = Fields.of("prices", section);
        String currency = fields.required("currency", "a currency, for example USD");
        Map<String, Price> prices = new HashMap<>();
        Fields models = fields.nested("models");
        fields.refuseUnknown();
        if (models == null) return new Prices(currency, prices);
        for (String name : models.names()) {
            Fields each = Objects.requireNonNull(models.nested(name)); // names without a value are not in the file
            prices.put(name, price(each));
            each.refuseUnknown();
        }
        return new Prices(currency, prices);
    }

    private static Price price(Fields fields) {
        BigDecimal textInput = amount(fields, "text-input", BigDecimal.ZERO);
        return new Price(
                textInput,
                amount(fields, "text-output", BigDecimal.ZERO),
                amount(fields, "audio-input", BigDecimal.ZERO),
                amount(fields, "audio-output", BigDecimal.ZERO),
                amount(fields, "cached-input", textInput));
    }

    private static BigDecimal amount(Fields fields, String name, BigDecimal otherwise) {
        BigDecimal amount = fields.amount(name);
        return amount == null ? otherwise : amount;
    }
}
