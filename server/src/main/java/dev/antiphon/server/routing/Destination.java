package dev.antiphon.server.routing;

import org.jspecify.annotations.Nullable;

/**
 * A model at the end of a line.
 *
 * <p>Threading: immutable.
 *
 * @param model the server's name of it; null: as the client names it
 */
record Destination(Line line, @Nullable String model) {
    String modelFor(String clientModel) {
        return model == null ? clientModel : model;
    }
}
