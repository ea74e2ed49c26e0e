package dev.antiphon.bench.load;

import java.net.InetSocketAddress;

/** Addresses on the command line. */
final class Addresses {
    private Addresses() {}

    /** @param option named in the error */
    static InetSocketAddress parse(String option, String text) {
        int colon = text.lastIndexOf(':');
        try {
            if (colon > 0) {
                return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + text + " (expected: host:port)", e);
        }
        throw new IllegalArgumentException(option + ": " + text + " (expected: host:port)");
    }
}
