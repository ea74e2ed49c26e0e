package dev.antiphon.server;

import dev.antiphon.server.cli.AntiphonCommand;

/** The process. */
public final class GatewayMain {
    private GatewayMain() {}

    public static void main(String... arguments) {
        System.exit(AntiphonCommand.run(arguments));
    }
}
