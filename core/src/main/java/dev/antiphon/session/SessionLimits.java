package dev.antiphon.session;

import java.util.concurrent.TimeUnit;

/**
 * How much one session may take.
 *
 * <p>Threading: immutable.
 *
 * @param responseNanos from the request to the last byte of its answer
 * @param sessionNanos from the first event to the last
 * @param inputAudioBytes PCM16 waiting to be committed
 */
public record SessionLimits(long responseNanos, long sessionNanos, int inputAudioBytes) {
    /** 120 s an answer, 60 min a session, 15 MiB (5.4 min) of audio a turn, as the Realtime protocol has them. */
    public static final SessionLimits DEFAULT =
            new SessionLimits(TimeUnit.SECONDS.toNanos(120), TimeUnit.MINUTES.toNanos(60), 15 << 20);

    public SessionLimits {
        if (responseNanos <= 0 || sessionNanos <= 0 || inputAudioBytes <= 0) {
            throw new IllegalArgumentException("limits: " + responseNanos + " ns, " + sessionNanos + " ns, "
                    + inputAudioBytes + " bytes (expected: all > 0)");
        }
    }
}
