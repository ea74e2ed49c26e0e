package dev.antiphon.bench.load.caller;

import java.net.InetSocketAddress;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where callers call.
 *
 * <p>Threading: immutable.
 *
 * @param path with its query
 * @param subprotocol null: none is offered
 */
record CallerTarget(
        InetSocketAddress address,
        String host,
        String path,
        @Nullable String subprotocol) {
    private static final String HANDSHAKE_KEY = "dGhlIHNhbXBsZSBub25jZQ=="; // RFC 6455 §1.3

    /** @param url {@code ws://host:port[/path[?query]]}, or http for the protocol of chats; without a path it is the protocol's own */
    static CallerTarget of(URI url, CallerSettings settings) {
        String scheme = settings.protocol() == CallerSettings.Protocol.SSE ? "http" : "ws";
        if (!scheme.equals(url.getScheme()) || url.getHost() == null || url.getPort() < 0) {
            throw new IllegalArgumentException(
                    "target: " + url + " (expected: " + scheme + "://host:port[/path[?query]])");
        }
        InetSocketAddress address = new InetSocketAddress(url.getHost(), url.getPort());
        String host = url.getHost() + ':' + url.getPort();
        String path =
                url.getRawPath() == null || url.getRawPath().length() <= 1 ? defaultPath(settings) : url.getRawPath();
        boolean hasQuery = url.getRawQuery() != null;
        String query = hasQuery ? url.getRawQuery() : defaultQuery(settings);
        return new CallerTarget(
                address,
                host,
                query.isEmpty() ? path : path + '?' + query,
                settings.protocol() == CallerSettings.Protocol.PCM ? "pcm.v1" : null);
    }

    private static String defaultPath(CallerSettings settings) {
        return switch (settings.protocol()) {
            case REALTIME -> "/v1/realtime";
            case PCM -> "/v1/pcm";
            case SSE -> "/v1/chat/completions";
        };
    }

    private static String defaultQuery(CallerSettings settings) {
        return switch (settings.protocol()) {
            case REALTIME, SSE -> "";
            case PCM -> "rate=24000&out_rate=24000&lead_ms=2000&turn=" + (settings.areTurnsHeard() ? "auto" : "manual");
        };
    }

    String upgradeRequest() {
        return "GET " + path + " HTTP/1.1\r\nHost: " + host
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                + HANDSHAKE_KEY + "\r\n"
                + (subprotocol == null ? "" : "Sec-WebSocket-Protocol: " + subprotocol + "\r\n") + "\r\n";
    }
}
