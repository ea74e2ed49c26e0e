package dev.antiphon.server;

import dev.antiphon.server.cli.AntiphonCommand;
import java.util.Properties;

/** The process. */
public final class GatewayMain {
    /**
     * Netty's pooled allocator keeps the JDK's view of a buffer's memory with the memory; its adaptive one, the default,
     * makes a new view for each read of a socket: two fifths of what a busy gateway leaves to the collector.
     */
    private static final String ALLOCATOR_PROPERTY = "io.netty.allocator.type";

    /**
     * Netty's leak detector follows one buffer of 128 and takes the stack where it was made and given back: a tenth of what
     * a busy gateway leaves to the collector. Each test follows all buffers.
     */
    private static final String LEAKS_PROPERTY = "io.netty.leakDetection.level";

    private static final String OLD_LEAKS_PROPERTY = "io.netty.leakDetectionLevel"; // Netty 4.0's name, still read

    private GatewayMain() {}

    public static void main(String... arguments) {
        preferOurs(System.getProperties());
        System.exit(AntiphonCommand.run(arguments));
    }

    /** What a process that is nothing but a gateway wants of Netty, where its command line does not say otherwise. */
    static void preferOurs(Properties ofTheSystem) {
        ofTheSystem.putIfAbsent(ALLOCATOR_PROPERTY, "pooled");
        if (!ofTheSystem.containsKey(OLD_LEAKS_PROPERTY)) ofTheSystem.putIfAbsent(LEAKS_PROPERTY, "disabled");
    }
}
