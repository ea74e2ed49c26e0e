package dev.antiphon.server.usage;

import dev.antiphon.usage.PriceTable;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.UsageObserver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one client has used: in all and by model for as long as the process lives, by conversation and response for the
 * latest of them.
 *
 * <p>Threading: thread-safe; sessions of a client are on many event loops.
 */
final class Account implements UsageObserver {
    private static final int MOST_CONVERSATIONS = 256;
    private static final int MOST_RESPONSES = 256;
    /** Clients name models as they like. */
    private static final int MOST_MODELS = 64;

    static final String OTHER_MODELS = "(other)";

    private final PriceTable prices;

    private Bill total = Bill.EMPTY;
    private final Map<String, Bill> byModel = new LinkedHashMap<>();
    private final Map<String, Bill> byConversation = new LinkedHashMap<>(); // oldest first
    private final Map<String, Line> byResponse = new LinkedHashMap<>(); // oldest first

    Account(PriceTable prices) {
        this.prices = prices;
    }

    /** One response with its price. */
    record Line(ResponseUsage usage, Bill bill) {}

    /** All of it at one moment. */
    record Statement(Bill total, Map<String, Bill> models, Map<String, Bill> conversations, List<Line> responses) {}

    @Override
    public synchronized void onUsage(ResponseUsage usage, @Nullable ResponseUsage before) {
        Bill bill = billOf(usage);
        Bill change = before == null ? bill : bill.minus(billOf(before));
        total = total.plus(change);
        add(byModel, modelOf(usage), change, MOST_MODELS + 1);
        if (usage.conversationId() != null) {
            // A correction of what has been forgotten corrects only the sums that remember.
            boolean isKnown = byConversation.containsKey(usage.conversationId());
            if (isKnown || before == null) add(byConversation, usage.conversationId(), change, MOST_CONVERSATIONS);
        }
        if (before != null && !byResponse.containsKey(usage.id())) return;
        byResponse.put(usage.id(), new Line(usage, bill));
        dropOldest(byResponse, MOST_RESPONSES);
    }

    synchronized Statement statement() {
        return new Statement(
                total,
                new LinkedHashMap<>(byModel),
                new LinkedHashMap<>(byConversation),
                new ArrayList<>(byResponse.values()));
    }

    private Bill billOf(ResponseUsage usage) {
        return Bill.of(usage.tokens(), priceOf(usage), usage.isEstimated());
    }

    private PriceTable.@Nullable Price priceOf(ResponseUsage usage) {
        return usage.isAnswer() ? prices.of(usage.model()) : prices.ofNamed(usage.model());
    }

    private String modelOf(ResponseUsage usage) {
        boolean hasRoom = byModel.size() < MOST_MODELS || byModel.containsKey(usage.model());
        return hasRoom ? usage.model() : OTHER_MODELS;
    }

    private static void add(Map<String, Bill> bills, String name, Bill change, int most) {
        bills.merge(name, change, Bill::plus);
        dropOldest(bills, most);
    }

    private static <V> void dropOldest(Map<String, V> map, int most) {
        if (map.size() <= most) return;
        map.remove(map.keySet().iterator().next());
    }
}
