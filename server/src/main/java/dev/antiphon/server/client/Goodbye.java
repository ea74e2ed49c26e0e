package dev.antiphon.server.client;

import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;

/**
 * What a connection's Close says.
 *
 * <p>Threading: immutable.
 */
record Goodbye(WebSocketCloseStatus status, String sentence) {}
