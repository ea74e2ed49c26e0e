package dev.antiphon.session;

import dev.antiphon.playout.LedgerEntry;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.TokenEstimate;
import dev.antiphon.usage.UsageObserver;
import dev.antiphon.usage.UsageSplit;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What the responses of a session cost, and how much of it was heard. A response is reported when it is done, and once
 * more whenever it turns out that less of it was heard: the person spoke, the client truncated it, or left.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class UsageAccount {
    /** Of answers that may still turn out not to have been heard: a client truncates the newest. */
    private static final int MOST_OPEN = 16;

    private final UsageObserver out;
    private final ArrayDeque<Spoken> open = new ArrayDeque<>(); // oldest first

    /** @param heardSamples when it was reported last; what was generated does not change any more */
    private record Spoken(
            ResponseUsage reported,
            TokenCounts tokens,
            UsageSplit.Ending ending,
            LedgerEntry entry,
            long heardSamples) {}

    UsageAccount(UsageObserver out) {
        this.out = out;
    }

    /**
     * What a response was made of, whoever counts it.
     *
     * @param entry of its sound; null: nothing was spoken
     * @param writtenCharacters of words and of calls
     * @param modelSamples of its sound, at the model's own speed
     */
    record Made(@Nullable LedgerEntry entry, long writtenCharacters, long modelSamples) {}

    /** @param asked null: the model never was */
    void onDone(ResponseSnapshot done, Made made, @Nullable ChatRequest asked) {
        boolean isCounted = done.usage() != null && done.usage().totalTokens() > 0;
        if (!isCounted && asked == null) return;
        TokenCounts tokens = isCounted && done.usage() != null ? TokenCounts.of(done.usage()) : estimated(made, asked);
        UsageSplit.Ending ending = endingOf(done.outcome().status(), made);
        ResponseUsage usage = new ResponseUsage(
                done.identity().responseId(),
                done.identity().conversationId(),
                done.settings().model(),
                split(tokens, ending, made.entry()),
                !isCounted);
        out.onUsage(usage, null);
        if (made.entry() == null) return;
        open.addLast(
                new Spoken(usage, tokens, ending, made.entry(), made.entry().heardSamples()));
        if (open.size() > MOST_OPEN) open.removeFirst();
    }

    void onTranscribed(String itemId, String conversationId, String model, TranscriptionUsage usage) {
        TokenCounts tokens = TokenCounts.of(usage);
        if (tokens.equals(TokenCounts.NONE)) return;
        UsageSplit split = new UsageSplit(tokens, TokenCounts.NONE, TokenCounts.NONE);
        out.onUsage(new ResponseUsage(itemId, conversationId, model, split, false, false), null);
    }

    /** Somebody knows better what was heard. */
    void onHeard() {
        for (int left = open.size(); left > 0; left--) open.addLast(corrected(open.removeFirst()));
    }

    private Spoken corrected(Spoken spoken) {
        long heardSamples = spoken.entry().heardSamples();
        if (heardSamples == spoken.heardSamples()) return spoken;
        ResponseUsage before = spoken.reported();
        UsageSplit split = split(spoken.tokens(), spoken.ending(), spoken.entry());
        if (split.equals(before.tokens())) return spoken;
        ResponseUsage now =
                new ResponseUsage(before.id(), before.conversationId(), before.model(), split, before.isEstimated());
        out.onUsage(now, before);
        return new Spoken(now, spoken.tokens(), spoken.ending(), spoken.entry(), heardSamples);
    }

    /** What was written until it was cut has been read. */
    private static UsageSplit.Ending endingOf(Status status, Made made) {
        boolean isRead = made.entry() == null && made.writtenCharacters() > 0;
        return switch (status) {
            case FAILED -> UsageSplit.Ending.FAILED;
            case CANCELLED -> isRead ? UsageSplit.Ending.DELIVERED : UsageSplit.Ending.CUT;
            case COMPLETED, INCOMPLETE, IN_PROGRESS -> UsageSplit.Ending.DELIVERED;
        };
    }

    private static UsageSplit split(TokenCounts tokens, UsageSplit.Ending ending, @Nullable LedgerEntry entry) {
        if (entry == null) return UsageSplit.of(tokens, ending, 0, 0);
        return UsageSplit.of(tokens, ending, entry.heardSamples(), entry.generatedSamples());
    }

    private static TokenCounts estimated(Made made, @Nullable ChatRequest asked) {
        TokenCounts input = asked == null ? TokenCounts.NONE : TokenEstimate.ofRequest(asked);
        return input.plus(TokenEstimate.ofAnswer(made.writtenCharacters(), made.modelSamples()));
    }
}
