package dev.antiphon.session;

import dev.antiphon.conversation.Item;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a response is an answer to, and whether the conversation takes note of it.
 *
 * <p>Threading: immutable.
 *
 * @param isOutOfBand {@code conversation: "none"}: runs beside the conversation's own response and leaves no items
 * @param input all the model is told; null: the conversation as it is
 */
public record ResponseContext(boolean isOutOfBand, @Nullable List<InputItem> input) {
    public static final ResponseContext CONVERSATION = new ResponseContext(false, null);

    public ResponseContext {
        if (input != null) input = List.copyOf(input);
    }

    /** One element of {@code response.input}. */
    public sealed interface InputItem {}

    /** An item that exists only here; its id is empty where the client gave none. */
    public record NewItem(Item item) implements InputItem {}

    /** {@code item_reference}: an item of the conversation. */
    public record ItemReference(String itemId) implements InputItem {}
}
