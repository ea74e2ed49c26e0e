package dev.antiphon.server;

import dev.antiphon.server.cli.AntiphonCommand;

/** The process. */
public final class GatewayMain {
    /**
     * Netty's pooled allocator keeps the JDK's view of a buffer's memory with the memory; its adaptive one, the default,
     * makes a new view for each read of a socket: two fifths of what a busy gateway leaves to the collector.
     */
    private static final String ALLOCATOR_PROPERTY = "io.netty.allocator.type";

    private GatewayMain() {}

    public static void main(String... arguments) {
        if (System.getProperty(ALLOCATOR_PROPERTY) == null) System.setProperty(ALLOCATOR_PROPERTY, "pooled");
        System.exit(AntiphonCommand.run(arguments));
    }
}
