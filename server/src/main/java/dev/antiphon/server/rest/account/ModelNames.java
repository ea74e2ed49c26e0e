package dev.antiphon.server.rest.account;

import java.util.List;

/**
 * The models that clients may name.
 *
 * <p>Threading: thread-safe; called on event loops, must not block.
 */
@FunctionalInterface
public interface ModelNames {
    /** What a gateway answers with that has no model but the embedded one. */
    ModelNames EMBEDDED = () -> List.of(
            new Model("antiphon", "antiphon", 1_780_693_570), new Model("antiphon-twin", "antiphon", 1_780_693_570));

    /** In the order in which they are listed. */
    List<Model> models();

    /**
     * One of them.
     *
     * @param ownedBy whose it is, such as the name of the model's server
     * @param createdUnixSeconds 0: nobody knows
     */
    record Model(String id, String ownedBy, long createdUnixSeconds) {}
}
