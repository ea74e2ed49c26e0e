package dev.antiphon.container;

/**
 * A container that cannot be read. The message says what was met and what was expected, never what it sounds like; whose
 * fault it is only the caller knows.
 */
public final class ContainerFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ContainerFault(String message) {
        super(message, null, false, false);
    }
}
