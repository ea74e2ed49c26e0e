package dev.antiphon.server.upstream;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One model server and how to deal with it.
 *
 * <p>Threading: immutable.
 *
 * @param trustedCertificates a PEM file with the certificates trusted instead of the JDK's: those of a private server's
 *     authority, or the server's own, which the JDK then trusts beyond its expiry too; null: the JDK's
 * @param maxEventBytes the longest event of a stream; a longer one ends the reply
 */
public record UpstreamSettings(
        UpstreamEndpoint endpoint,
        Deadlines deadlines,
        Pooling pooling,
        @Nullable Path trustedCertificates,
        int maxEventBytes) {

    /** Some providers put a whole song into one event. */
    private static final int DEFAULT_MAX_EVENT_BYTES = 16 << 20;

    public UpstreamSettings {
        requirePositive("maxEventBytes", maxEventBytes);
    }

    public static UpstreamSettings of(UpstreamEndpoint endpoint) {
        return new UpstreamSettings(endpoint, Deadlines.DEFAULT, Pooling.DEFAULT, null, DEFAULT_MAX_EVENT_BYTES);
    }

    public UpstreamSettings withDeadlines(Deadlines newDeadlines) {
        return new UpstreamSettings(endpoint, newDeadlines, pooling, trustedCertificates, maxEventBytes);
    }

    public UpstreamSettings withPooling(Pooling newPooling) {
        return new UpstreamSettings(endpoint, deadlines, newPooling, trustedCertificates, maxEventBytes);
    }

    public UpstreamSettings withTrustedCertificates(Path pem) {
        return new UpstreamSettings(endpoint, deadlines, pooling, pem, maxEventBytes);
    }

    /**
     * How long a call waits for what.
     *
     * @param connectMillis for a connection: name, TCP and TLS together
     * @param firstByteMillis from the last byte of the request to the end of the response's head; while the request is
     *     still being sent, the longest it may make no progress
     * @param idleMillis between two bytes of the response; stands still while we do not read
     * @param graceMillis from a complete answer to {@code [DONE]}, and from there to the end of the HTTP message
     */
    public record Deadlines(int connectMillis, int firstByteMillis, int idleMillis, int graceMillis) {
        public static final Deadlines DEFAULT = new Deadlines(1_000, 10_000, 10_000, 2_000);

        public Deadlines {
            requirePositive("connectMillis", connectMillis);
            requirePositive("firstByteMillis", firstByteMillis);
            requirePositive("idleMillis", idleMillis);
            requirePositive("graceMillis", graceMillis);
        }
    }

    /**
     * What each event loop keeps open.
     *
     * @param maxIdle connections without a call; more are closed
     * @param idleLifeMillis a connection without a call is closed after this time, and replaced if it was a warm one
     * @param warm connections opened ahead of any call, so that a turn finds one
     */
    public record Pooling(int maxIdle, int idleLifeMillis, int warm) {
        public static final Pooling DEFAULT = new Pooling(8, 50_000, 1);

        public Pooling {
            requirePositive("idleLifeMillis", idleLifeMillis);
            if (warm < 0 || maxIdle < warm) {
                throw new IllegalArgumentException(
                        "warm: " + warm + ", maxIdle: " + maxIdle + " (expected: 0 <= warm <= maxIdle)");
            }
        }
    }

    private static void requirePositive(String name, int value) {
        if (value <= 0) throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
    }
}
