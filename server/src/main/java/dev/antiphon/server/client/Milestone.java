package dev.antiphon.server.client;

/** What goes through a client's pipeline, from its first handler on, for those who keep account of connections. */
public enum Milestone {
    /** The connection has been upgraded, and its session is open. */
    SESSION_OPENED
}
