package dev.antiphon.server;

/** Contract only for now. */
public final class GatewayMain {
    private GatewayMain() {}
}
