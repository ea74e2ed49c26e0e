package dev.antiphon.server.upstream;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One model server and how to deal with it.
 *
 * <p>Threading: immutable.
 *
 * @param maxEventBytes the longest event of a stream; a longer one ends the reply
 */
public record UpstreamSettings(
        UpstreamEndpoint endpoint, Deadlines deadlines, Pooling pooling, Transport transport, int maxEventBytes) {

    private static final int DEFAULT_WHOLE_ANSWER_MILLIS = 60_000;
    /** Some providers put a whole song into one event. */
    private static final int DEFAULT_MAX_EVENT_BYTES = 16 << 20;

    public UpstreamSettings {
        requirePositive("maxEventBytes", maxEventBytes);
    }

    public static UpstreamSettings of(UpstreamEndpoint endpoint) {
        // Without TLS a connection is opened so cheaply that keeping one warm is not worth a request.
        Pooling pooling = endpoint.server().tls() ? Pooling.DEFAULT : Pooling.DEFAULT.withRefreshing(false);
        return new UpstreamSettings(endpoint, Deadlines.DEFAULT, pooling, Transport.DEFAULT, DEFAULT_MAX_EVENT_BYTES);
    }

    public UpstreamSettings withDeadlines(Deadlines newDeadlines) {
        return new UpstreamSettings(endpoint, newDeadlines, pooling, transport, maxEventBytes);
    }

    public UpstreamSettings withPooling(Pooling newPooling) {
        return new UpstreamSettings(endpoint, deadlines, newPooling, transport, maxEventBytes);
    }

    public UpstreamSettings withProtocol(Protocol protocol) {
        return withTransport(new Transport(protocol, transport.proxies(), transport.trustedCertificates()));
    }

    public UpstreamSettings withProxies(ProxySettings proxies) {
        return withTransport(new Transport(transport.protocol(), proxies, transport.trustedCertificates()));
    }

    public UpstreamSettings withTrustedCertificates(Path pem) {
        return withTransport(new Transport(transport.protocol(), transport.proxies(), pem));
    }

    private UpstreamSettings withTransport(Transport newTransport) {
        return new UpstreamSettings(endpoint, deadlines, pooling, newTransport, maxEventBytes);
    }

    /** What is spoken with the server. */
    public enum Protocol {
        /** HTTP/2 where the server offers it while TLS is set up, HTTP/1.1 otherwise. */
        AUTO,
        HTTP1,
        /** HTTP/2 or nothing; without TLS it is spoken from the first byte (RFC 9113 §3.3). */
        HTTP2
    }

    /**
     * How the server is reached.
     *
     * @param trustedCertificates a PEM file with the certificates trusted instead of the JDK's: those of a private
     *     server's authority, or the server's own, which the JDK then trusts beyond its expiry too; null: the JDK's
     */
    public record Transport(
            Protocol protocol,
            ProxySettings proxies,
            @Nullable Path trustedCertificates) {
        public static final Transport DEFAULT = new Transport(Protocol.AUTO, ProxySettings.NONE, null);
    }

    /**
     * How long a call waits for what.
     *
     * @param connectMillis for a connection: the proxy's word, TCP and TLS together, once the name is known
     * @param firstByteMillis from the last byte of the request to the end of the response's head; while the request is
     *     still being sent, the longest it may make no progress
     * @param wholeAnswerMillis the same, where the answer is not streamed: its head comes when all of it has been made
     * @param idleMillis between two bytes of the response; stands still while we do not read
     * @param graceMillis from a complete answer to {@code [DONE]}, and from there to the end of the HTTP message
     */
    public record Deadlines(
            int connectMillis, int firstByteMillis, int wholeAnswerMillis, int idleMillis, int graceMillis) {
        public static final Deadlines DEFAULT = new Deadlines(1_000, 5_000, 10_000, 2_000);

        public Deadlines {
            requirePositive("connectMillis", connectMillis);
            requirePositive("firstByteMillis", firstByteMillis);
            requirePositive("wholeAnswerMillis", wholeAnswerMillis);
            requirePositive("idleMillis", idleMillis);
            requirePositive("graceMillis", graceMillis);
        }

        /** With the usual {@code wholeAnswerMillis}. */
        public Deadlines(int connectMillis, int firstByteMillis, int idleMillis, int graceMillis) {
            this(connectMillis, firstByteMillis, DEFAULT_WHOLE_ANSWER_MILLIS, idleMillis, graceMillis);
        }
    }

    /**
     * What each event loop keeps open.
     *
     * @param maxIdle connections without a call; more are closed
     * @param idleLifeMillis a connection without a call is closed after this time, or sooner if the server was seen to
     *     close such connections sooner
     * @param warm connections opened ahead of any call, so that a turn finds one; of those that ride together on one
     *     connection, as with HTTP/2, one is enough
     * @param isRefreshing whether a warm connection whose time is up is asked for the models and kept; otherwise it is
     *     replaced by a new one
     */
    public record Pooling(int maxIdle, int idleLifeMillis, int warm, boolean isRefreshing) {
        public static final Pooling DEFAULT = new Pooling(8, 50_000, 1, true);

        public Pooling {
            requirePositive("idleLifeMillis", idleLifeMillis);
            if (warm < 0 || maxIdle < warm) {
                throw new IllegalArgumentException(
                        "warm: " + warm + ", maxIdle: " + maxIdle + " (expected: 0 <= warm <= maxIdle)");
            }
        }

        public Pooling(int maxIdle, int idleLifeMillis, int warm) {
            this(maxIdle, idleLifeMillis, warm, false);
        }

        Pooling withRefreshing(boolean refreshing) {
            return new Pooling(maxIdle, idleLifeMillis, warm, refreshing);
        }
    }

    private static void requirePositive(String name, int value) {
        if (value <= 0) throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
    }
}
