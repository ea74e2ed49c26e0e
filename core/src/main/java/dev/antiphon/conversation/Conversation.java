package dev.antiphon.conversation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The items of a conversation in their order.
 *
 * <p>Threading: confined to the session's event loop.
 */
public final class Conversation {
    private final String id;
    private final List<Item> items = new ArrayList<>();

    public Conversation(String id) {
        this.id = id;
    }

    public String id() {
        return id;
    }

    /** A view, oldest first. */
    public List<Item> items() {
        return Collections.unmodifiableList(items);
    }

    public void append(Item item) {
        items.add(item);
    }

    public void addFirst(Item item) {
        items.add(0, item);
    }

    /** @return false if there is no item {@code previousItemId}; nothing was added */
    public boolean insertAfter(String previousItemId, Item item) {
        int index = indexOf(previousItemId);
        if (index < 0) return false;
        items.add(index + 1, item);
        return true;
    }

    /** The item takes the place of the one with its id. */
    public void replace(Item item) {
        int index = indexOf(item.id());
        if (index < 0)
            throw new IllegalArgumentException("item: " + item.id() + " (expected: one of the conversation)");
        items.set(index, item);
    }

    /** Takes an item out; nothing happens where there is none. */
    public void remove(String itemId) {
        int index = indexOf(itemId);
        if (index >= 0) items.remove(index);
    }

    /** The item with this id; null: none. */
    public @Nullable Item find(String itemId) {
        int index = indexOf(itemId);
        return index < 0 ? null : items.get(index);
    }

    /** The id of the item before this one; null: it is the first. */
    public @Nullable String previousIdOf(String itemId) {
        int index = indexOf(itemId);
        return index <= 0 ? null : items.get(index - 1).id();
    }

    /** The id of the newest item; null: there is none. */
    public @Nullable String lastId() {
        return items.isEmpty() ? null : items.get(items.size() - 1).id();
    }

    /** Backwards: almost everything that is looked for is new. */
    private int indexOf(String itemId) {
        for (int i = items.size() - 1; i >= 0; i--) {
            if (items.get(i).id().equals(itemId)) return i;
        }
        return -1;
    }
}
