package dev.antiphon.server;

import dev.antiphon.cascade.CascadeCosts;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.UsageObserver;
import dev.antiphon.usage.UsageSplit;

/**
 * Enters what an answer costs beside its chat completion into the account of its client.
 *
 * <p>Threading: confined to the event loop of the session or the request.
 */
final class StageCosts implements CascadeCosts {
    private final String askerId;
    private final UsageObserver account;
    private int entries;

    /** @param askerId of the session or the completion */
    StageCosts(String askerId, UsageObserver account) {
        this.askerId = askerId;
        this.account = account;
    }

    @Override
    public void onTranscribed(String model, TranscriptionUsage usage) {
        enter(model, TokenCounts.of(usage));
    }

    @Override
    public void onSpeechAsked(String model, int characters) {
        enter(model, TokenCounts.ofSpokenCharacters(characters));
    }

    private void enter(String model, TokenCounts counts) {
        UsageSplit split = new UsageSplit(counts, TokenCounts.NONE, TokenCounts.NONE);
        String id = askerId + ".stage_" + ++entries;
        account.onUsage(new ResponseUsage(id, null, model, split, false, false), null);
    }
}
