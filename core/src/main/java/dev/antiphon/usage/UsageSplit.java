package dev.antiphon.usage;

/**
 * What was paid for, by what became of it.
 *
 * <p>Threading: immutable.
 *
 * @param heard what reached somebody, and what was asked to get it: a written answer that was sent counts as heard
 * @param unheard output that was made and never played, because the person spoke, cancelled or left; and all of a response
 *     of which nothing was heard
 * @param failed of a response that failed, what nobody heard of it, and what was asked to get it
 */
public record UsageSplit(TokenCounts heard, TokenCounts unheard, TokenCounts failed) {
    public static final UsageSplit NONE = new UsageSplit(TokenCounts.NONE, TokenCounts.NONE, TokenCounts.NONE);

    /** How a response ended, as far as its cost is concerned. */
    public enum Ending {
        /** By itself. */
        DELIVERED,
        /** Somebody cut it off. */
        CUT,
        FAILED
    }

    /**
     * @param heardSamples of what was generated
     * @param generatedSamples 0: nothing was spoken; what was delivered all the same was written
     */
    public static UsageSplit of(TokenCounts all, Ending ending, long heardSamples, long generatedSamples) {
        if (ending == Ending.FAILED) {
            if (generatedSamples == 0 || heardSamples == 0)
                return new UsageSplit(TokenCounts.NONE, TokenCounts.NONE, all);
            TokenCounts heard = all.outputShare(heardSamples, generatedSamples);
            return new UsageSplit(heard, TokenCounts.NONE, all.minus(heard));
        }
        boolean isSpoken = generatedSamples > 0 || ending == Ending.CUT;
        if (isSpoken && heardSamples == 0) return new UsageSplit(TokenCounts.NONE, all, TokenCounts.NONE);
        if (generatedSamples <= 0 || heardSamples >= generatedSamples) {
            return new UsageSplit(all, TokenCounts.NONE, TokenCounts.NONE);
        }
        TokenCounts heard = all.inputOnly().plus(all.outputShare(heardSamples, generatedSamples));
        return new UsageSplit(heard, all.minus(heard), TokenCounts.NONE);
    }

    public UsageSplit plus(UsageSplit other) {
        return new UsageSplit(heard.plus(other.heard), unheard.plus(other.unheard), failed.plus(other.failed));
    }

    public UsageSplit minus(UsageSplit other) {
        return new UsageSplit(heard.minus(other.heard), unheard.minus(other.unheard), failed.minus(other.failed));
    }

    public TokenCounts all() {
        return heard.plus(unheard).plus(failed);
    }
}
