package dev.antiphon.bench.load.upstream;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Numbers the answers of one upstream, and draws them.
 *
 * <p>Threading: thread-safe.
 */
final class Answers {
    private final AnswerScript script;
    private final UpstreamListener listener;
    private final AtomicLong lastId = new AtomicLong(); // shared by all loops of the upstream

    Answers(AnswerScript script, UpstreamListener listener) {
        this.script = script;
        this.listener = listener;
    }

    AnswerPlan next() {
        return script.plan(lastId.incrementAndGet());
    }

    UpstreamListener listener() {
        return listener;
    }
}
