package dev.antiphon.session;

import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Conversation;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.playout.Ledger;
import dev.antiphon.playout.LedgerEntry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client does to the items of its conversation: create, retrieve, truncate, delete.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class ItemEditor {
    private final Conversation conversation;
    private final Ledger ledger;
    private final UserSpeech speech;
    private final SessionIds ids;
    private final ClientOutlet client;

    ItemEditor(Conversation conversation, Ledger ledger, UserSpeech speech, SessionIds ids, ClientOutlet client) {
        this.conversation = conversation;
        this.ledger = ledger;
        this.speech = speech;
        this.ids = ids;
        this.client = client;
    }

    void create(ClientCommand.ItemCreate command) {
        Item item = withId(command.item());
        if (conversation.find(item.id()) != null) {
            throw fault("invalid_value", "item.id", "item.id: " + item.id() + " (expected: an id not in use)");
        }
        if (item instanceof Item.FunctionCallOutput output && !isCalled(output.callId())) {
            throw fault(
                    "invalid_tool_call_id",
                    "item.call_id",
                    "item.call_id: " + output.callId()
                            + " (expected: the call_id of a function_call in the conversation)");
        }
        insert(item, command.previousItemId());
        tellOf(item);
    }

    /** An item has come into the conversation, whole. */
    void tellOf(Item item) {
        String previousId = conversation.previousIdOf(item.id());
        client.send(new ServerEvent.ItemAdded(item, previousId));
        client.send(new ServerEvent.ItemDone(item, previousId));
    }

    void retrieve(ClientCommand.ItemRetrieve command) {
        client.send(new ServerEvent.ItemRetrieved(existing(command.itemId(), "item_retrieve_invalid_item_id")));
    }

    void delete(ClientCommand.ItemDelete command) {
        Item item = existing(command.itemId(), "item_delete_invalid_item_id");
        if (item.status() == ItemStatus.IN_PROGRESS) {
            throw fault(
                    "item_delete_invalid_item_id",
                    "item_id",
                    "item_id: " + command.itemId() + " (expected: an item that is done; cancel its response first)");
        }
        conversation.remove(command.itemId());
        speech.onRemoved(item);
        client.send(new ServerEvent.ItemDeleted(command.itemId()));
    }

    void truncate(ClientCommand.ItemTruncate command) {
        Item item = existing(command.itemId(), "item_truncate_invalid_item_id");
        LedgerEntry entry = ledger.find(command.itemId());
        if (entry == null || !(item instanceof Item.Message message)) {
            throw fault(
                    "unsupported_content_type",
                    "item_id",
                    "item_id: " + command.itemId()
                            + " (expected: a spoken answer; only model output audio messages can be truncated)");
        }
        if (command.contentIndex() != 0) {
            throw fault(
                    "invalid_value", "content_index", "content_index: " + command.contentIndex() + " (expected: 0)");
        }
        long heardSamples = entry.truncate(entry.samplesInMillis(command.audioEndMillis()));
        if (message.status() != ItemStatus.IN_PROGRESS) replaceByHeard(message, entry);
        client.send(
                new ServerEvent.ItemTruncated(command.itemId(), command.contentIndex(), entry.millisOf(heardSamples)));
    }

    /** The items that {@code response.input} means; null: it means the conversation. */
    @Nullable
    List<Item> resolve(ResponseContext context) {
        if (context.input() == null) return null;
        List<Item> items = new ArrayList<>();
        for (ResponseContext.InputItem element : context.input()) {
            if (element instanceof ResponseContext.NewItem created) {
                items.add(withId(created.item()));
            } else if (element instanceof ResponseContext.ItemReference reference) {
                Item referenced = conversation.find(reference.itemId());
                if (referenced == null) {
                    throw fault(
                            "invalid_value",
                            "response.input",
                            "response.input: item_reference " + reference.itemId()
                                    + " (expected: an item of the conversation)");
                }
                items.add(referenced);
            }
        }
        return items;
    }

    private Item existing(String itemId, String code) {
        Item item = conversation.find(itemId);
        if (item != null) return item;
        throw fault(code, "item_id", "item_id: " + itemId + " (expected: an item of the conversation)");
    }

    private boolean isCalled(String callId) {
        for (Item item : conversation.items()) {
            if (item instanceof Item.FunctionCall made && made.callId().equals(callId)) return true;
        }
        return false;
    }

    private void insert(Item item, @Nullable String previousItemId) {
        if (previousItemId == null) {
            conversation.append(item);
        } else if (previousItemId.equals(ClientCommand.ItemCreate.ROOT)) {
            conversation.addFirst(item);
        } else if (!conversation.insertAfter(previousItemId, item)) {
            throw fault(
                    "invalid_value",
                    "previous_item_id",
                    "previous_item_id: " + previousItemId + " (expected: an item of the conversation, root, or none)");
        }
    }

    private Item withId(Item item) {
        if (!item.id().isEmpty()) return item;
        String newId = ids.next("item_");
        if (item instanceof Item.Message m) return new Item.Message(newId, m.status(), m.role(), m.content());
        if (item instanceof Item.FunctionCall c) {
            return new Item.FunctionCall(newId, c.status(), c.callId(), c.name(), c.arguments());
        }
        Item.FunctionCallOutput o = (Item.FunctionCallOutput) item;
        return new Item.FunctionCallOutput(newId, o.status(), o.callId(), o.output());
    }

    private void replaceByHeard(Item.Message message, LedgerEntry entry) {
        ContentPart.SpokenAnswer quotable = null;
        if (entry.isHeardWhole() && message.content().get(0) instanceof ContentPart.OutputAudio audio) {
            quotable = audio.spokenAnswer();
        }
        ContentPart heard = new ContentPart.OutputAudio(entry.heardTranscript(), quotable);
        conversation.replace(new Item.Message(message.id(), message.status(), message.role(), List.of(heard)));
    }

    private static ClientFault fault(String code, @Nullable String param, String message) {
        return new ClientFault(code, message, param, null);
    }
}
