package dev.antiphon.server;

import dev.antiphon.cascade.CascadeCosts;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.UsageObserver;
import dev.antiphon.usage.UsageSplit;

/**
 * Enters what an answer costs beside its chat completion into the account of a session's client.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class StageCosts implements CascadeCosts {
    private final String sessionId;
    private final UsageObserver account;
    private int entries;

    StageCosts(String sessionId, UsageObserver account) {
        this.sessionId = sessionId;
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
        String id = sessionId + ".stage_" + ++entries;
        account.onUsage(new ResponseUsage(id, null, model, split, false), null);
    }
}
