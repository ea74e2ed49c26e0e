package dev.antiphon.server;

import dev.antiphon.cascade.CascadeCosts;
import dev.antiphon.server.rest.UsageSink;
import dev.antiphon.server.usage.UsageBook;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.UsageSplit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Enters what REST completions cost into the book.
 *
 * <p>Threading: thread-safe.
 */
final class CompletionCosts implements UsageSink {
    private final UsageBook book;
    private final AtomicLong answers = new AtomicLong(); // event loops: only ever counted up

    CompletionCosts(UsageBook book) {
        this.book = book;
    }

    @Override
    public void onAnswered(String client, String model, Cost cost, Outcome outcome) {
        if (outcome == Outcome.REFUSED) return;
        TokenCounts all = cost.tokens();
        TokenCounts none = TokenCounts.NONE;
        UsageSplit split = switch (outcome) {
            case COMPLETED -> new UsageSplit(all, none, none);
            case ABANDONED -> new UsageSplit(none, all, none);
            case FAILED, REFUSED -> new UsageSplit(none, none, all);
        };
        book.accountOf(client).onUsage(new ResponseUsage(nextId(), null, model, split, cost.isEstimated()), null);
    }

    @Override
    public CascadeCosts stagesOf(String client) {
        return new StageCosts(nextId(), book.accountOf(client));
    }

    private String nextId() {
        return "completion-" + answers.incrementAndGet();
    }
}
