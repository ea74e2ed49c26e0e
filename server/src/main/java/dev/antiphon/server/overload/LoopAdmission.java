package dev.antiphon.server.overload;

import dev.antiphon.server.client.Admission;
import io.netty.channel.EventLoop;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Lets in whom another admission lets in, unless the event loop they would live on is too late. The key comes first:
 * whether the gateway is busy is nothing for strangers, and comparing keys costs less than writing the answer.
 *
 * <p>Threading: thread-safe.
 */
public final class LoopAdmission implements Admission {
    /** Those who are turned away together do not come back together. */
    private static final int LONGEST_RETRY_SECONDS = 3;

    private final Admission keys;
    private final LoopWatches watches;

    public LoopAdmission(Admission keys, LoopWatches watches) {
        this.keys = keys;
        this.watches = watches;
    }

    @Override
    public Verdict verdictOn(Applicant applicant) {
        return keys.verdictOn(applicant);
    }

    @Override
    public Admission on(EventLoop loop) {
        return applicant -> {
            Verdict verdict = keys.on(loop).verdictOn(applicant);
            if (verdict instanceof Welcome && !watches.admits(loop)) {
                return Refusal.OVERLOADED.withRetryAfterSeconds(
                        1 + ThreadLocalRandom.current().nextInt(LONGEST_RETRY_SECONDS));
            }
            return verdict;
        };
    }
}
