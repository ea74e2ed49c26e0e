package dev.antiphon.server.upstream;

import dev.antiphon.time.NanoClock;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/**
 * When what happened in one call, and until when the next thing has to happen.
 *
 * <p>Threading: confined to its event loop.
 */
final class CallTimes {
    private final NanoClock clock;
    private final UpstreamSettings.Deadlines deadlines;
    private final int headMillis;
    private final CallDeadline deadline;

    private long writtenNanos;
    private long lastByteNanos;
    private boolean isAnswerComplete; // though [DONE] is still to come
    private long completeNanos;

    /** @param headMillis from the last byte of the request to the end of the response's head */
    CallTimes(
            EventLoop loop,
            NanoClock clock,
            UpstreamSettings.Deadlines deadlines,
            int headMillis,
            Runnable onDeadline) {
        this.clock = clock;
        this.deadlines = deadlines;
        this.headMillis = headMillis;
        deadline = new CallDeadline(loop, clock, onDeadline);
    }

    /** The request is being sent; its next step has to come in time. */
    void awaitStep() {
        deadline.setInMillis(headMillis);
    }

    void onRequestWritten() {
        writtenNanos = clock.nanoTime();
    }

    void awaitHead() {
        deadline.set(writtenNanos + nanos(headMillis));
    }

    long writtenNanos() {
        return writtenNanos;
    }

    void onBytes() {
        lastByteNanos = clock.nanoTime();
    }

    long lastByteNanos() {
        return lastByteNanos;
    }

    void onAnswerComplete() {
        if (isAnswerComplete) return;
        isAnswerComplete = true;
        completeNanos = clock.nanoTime();
    }

    /** The peer could not send while we did not read: its time starts anew. */
    void onResumed() {
        lastByteNanos = clock.nanoTime();
        completeNanos = lastByteNanos;
    }

    void awaitMoreOfReply() {
        long idleNanos = lastByteNanos + nanos(deadlines.idleMillis());
        if (!isAnswerComplete) {
            deadline.set(idleNanos);
            return;
        }
        long graceNanos = completeNanos + nanos(deadlines.graceMillis());
        deadline.set(graceNanos - idleNanos < 0 ? graceNanos : idleNanos);
    }

    void awaitMessageEnd() {
        deadline.setInMillis(deadlines.graceMillis());
    }

    void stop() {
        deadline.stop();
    }

    private static long nanos(int millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
