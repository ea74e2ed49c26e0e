package dev.antiphon.server.config;

import java.net.InetSocketAddress;

/**
 * Where to listen.
 *
 * <p>Threading: immutable.
 *
 * @param host a name or a literal address, without the brackets of IPv6
 * @param port 0: any free one
 */
public record HostPort(String host, int port) {

    /**
     * Reads {@code host:port}, {@code [v6]:port} or {@code :port}.
     *
     * @param setting named in the error
     */
    static HostPort parse(String setting, String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) throw illegal(setting, text);
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) host = host.substring(1, host.length() - 1);
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port < 0 || port > 65_535) throw illegal(setting, text);
            return new HostPort(host.isEmpty() ? "0.0.0.0" : host, port);
        } catch (NumberFormatException e) {
            throw illegal(setting, text);
        }
    }

    /** Resolves a name; to be used at boot only. */
    public InetSocketAddress address() {
        return new InetSocketAddress(host, port);
    }

    /** Whether only this machine can reach it. */
    public boolean isLoopback() {
        InetSocketAddress address = address();
        return address.getAddress() != null && address.getAddress().isLoopbackAddress();
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : '[' + host + ']') + ':' + port;
    }

    private static ConfigFault illegal(String setting, String text) {
        return new ConfigFault(setting, text, "host:port, for example 127.0.0.1:8080");
    }
}
