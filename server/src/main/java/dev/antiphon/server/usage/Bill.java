package dev.antiphon.server.usage;

import dev.antiphon.usage.PriceTable;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.UsageSplit;
import org.jspecify.annotations.Nullable;

/**
 * Tokens and what they cost, added up, by what became of them.
 *
 * <p>Threading: immutable.
 *
 * @param responses how many were added
 * @param unpricedResponses those of them whose model has no price
 * @param estimatedResponses those of them whose tokens the provider never counted
 */
record Bill(UsageSplit tokens, Money money, long responses, long unpricedResponses, long estimatedResponses) {
    static final Bill EMPTY = new Bill(UsageSplit.NONE, Money.NONE, 0, 0, 0);

    /** In the currency of the price table. */
    record Money(double heard, double unheard, double failed) {
        static final Money NONE = new Money(0, 0, 0);

        private Money plus(Money other) {
            if (other.equals(NONE)) return this;
            if (equals(NONE)) return other;
            return new Money(heard + other.heard, unheard + other.unheard, failed + other.failed);
        }

        private Money minus(Money other) {
            if (other.equals(NONE)) return this;
            return new Money(heard - other.heard, unheard - other.unheard, failed - other.failed);
        }

        double all() {
            return heard + unheard + failed;
        }
    }

    /** @param price null: there is none */
    static Bill of(UsageSplit tokens, PriceTable.@Nullable Price price, boolean isEstimated) {
        Money money = price == null
                ? Money.NONE
                : new Money(price.of(tokens.heard()), price.of(tokens.unheard()), price.of(tokens.failed()));
        return new Bill(tokens, money, 1, price == null ? 1 : 0, isEstimated ? 1 : 0);
    }

    Bill plus(Bill other) {
        return new Bill(
                tokens.plus(other.tokens),
                money.plus(other.money),
                responses + other.responses,
                unpricedResponses + other.unpricedResponses,
                estimatedResponses + other.estimatedResponses);
    }

    Bill minus(Bill other) {
        return new Bill(
                tokens.minus(other.tokens),
                money.minus(other.money),
                responses - other.responses,
                unpricedResponses - other.unpricedResponses,
                estimatedResponses - other.estimatedResponses);
    }

    TokenCounts all() {
        return tokens.all();
    }
}
