package dev.antiphon.conversation;

import java.util.List;

/**
 * One thing said, called or answered in a conversation.
 *
 * <p>Threading: immutable; a changed item takes the place of the old one in its {@link Conversation}.
 */
public sealed interface Item {
    String id();

    ItemStatus status();

    /** Who speaks. */
    enum Role {
        SYSTEM,
        USER,
        ASSISTANT
    }

    record Message(String id, ItemStatus status, Role role, List<ContentPart> content) implements Item {
        public Message {
            content = List.copyOf(content);
        }
    }

    /** @param arguments JSON text; complete only when the item is */
    record FunctionCall(String id, ItemStatus status, String callId, String name, String arguments) implements Item {}

    record FunctionCallOutput(String id, ItemStatus status, String callId, String output) implements Item {}
}
