package dev.antiphon.server.cli;

import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.TurnObserver;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The timelines of a gateway's turns, in the order in which they ended.
 *
 * <p>Threading: thread-safe.
 */
final class Turns implements TurnObserver {
    private static final long LONGEST_WAIT_SECONDS = 5;

    private final BlockingQueue<TurnTimeline> ended = new LinkedBlockingQueue<>();

    @Override
    public void onTurnEnded(ResponseSnapshot response, TurnTimeline timeline) {
        ended.add(timeline);
    }

    /** The timeline of the next turn; its {@code response.done} may overtake it. */
    TurnTimeline next() throws IOException, InterruptedException {
        TurnTimeline timeline = ended.poll(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
        if (timeline == null) throw new IOException("no turn ended in " + LONGEST_WAIT_SECONDS + " s");
        return timeline;
    }
}
