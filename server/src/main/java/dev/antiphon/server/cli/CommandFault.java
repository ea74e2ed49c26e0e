package dev.antiphon.server.cli;

/** A command could not do what it was told, and says why in one line. The exit code is 1. */
final class CommandFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandFault(String message) {
        super(message, null, false, false);
    }

    static CommandFault of(Exception cause) {
        return new CommandFault(cause.getMessage() == null ? cause.toString() : cause.getMessage());
    }
}
