package dev.antiphon.server.config;

import dev.antiphon.usage.PriceTable;
import dev.antiphon.usage.PriceTable.Price;
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
    static PriceTable read(@Nullable Object section) {
        if (section == null) return PriceTable.NONE;
        Fields fields = Fields.of("prices", section);
        String currency = fields.required("currency", "a currency, for example USD");
        Map<String, Price> prices = new HashMap<>();
        Fields models = fields.nested("models");
        fields.refuseUnknown();
        if (models == null) return new PriceTable(currency, prices);
        for (String name : models.names()) {
            Fields each = Objects.requireNonNull(models.nested(name)); // names without a value are not in the file
            prices.put(name, price(each));
            each.refuseUnknown();
        }
        return new PriceTable(currency, prices);
    }

    private static Price price(Fields fields) {
        double textInput = amount(fields, "text-input", 0);
        return new Price(
                textInput,
                amount(fields, "audio-input", 0),
                amount(fields, "image-input", textInput),
                amount(fields, "cached-input", textInput),
                amount(fields, "text-output", 0),
                amount(fields, "audio-output", 0),
                amount(fields, "minute", 0),
                amount(fields, "characters", 0));
    }

    private static double amount(Fields fields, String name, double otherwise) {
        BigDecimal amount = fields.amount(name);
        return amount == null ? otherwise : amount.doubleValue();
    }
}
