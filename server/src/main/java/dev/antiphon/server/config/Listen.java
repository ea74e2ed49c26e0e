package dev.antiphon.server.config;

/**
 * Where clients are listened to, and on what.
 *
 * <p>Threading: immutable.
 */
public record Listen(HostPort at, LoopSettings loops) {}
