package dev.antiphon.session;

import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.playout.LedgerEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One output item of a response while the model is still making it.
 *
 * <p>Threading: confined to the session's event loop.
 */
sealed interface OutputItem {

    /** The item as it stands. */
    Item snapshot(ItemStatus status);

    /** Words, spoken or written, in one content part. */
    final class SpokenOrWritten implements OutputItem {
        final PartRef part;
        final StringBuilder text = new StringBuilder();
        /** Null: written, not spoken. */
        final @Nullable LedgerEntry entry;
        /** Null until the model is through with an answer that it remembers. */
        ContentPart.@Nullable SpokenAnswer spokenAnswer;

        SpokenOrWritten(PartRef part, @Nullable LedgerEntry entry) {
            this.part = part;
            this.entry = entry;
        }

        ServerEvent.PartKind kind() {
            return entry == null ? ServerEvent.PartKind.TEXT : ServerEvent.PartKind.AUDIO;
        }

        @Override
        public Item.Message snapshot(ItemStatus status) {
            ContentPart content = entry == null
                    ? new ContentPart.OutputText(text.toString())
                    : new ContentPart.OutputAudio(text.toString(), spokenAnswer);
            return new Item.Message(part.itemId(), status, Item.Role.ASSISTANT, List.of(content));
        }

        /** The item before its part was added. */
        Item.Message empty() {
            return new Item.Message(part.itemId(), ItemStatus.IN_PROGRESS, Item.Role.ASSISTANT, List.of());
        }
    }

    /** A function call. */
    final class Call implements OutputItem {
        final String itemId;
        final int outputIndex;
        final String callId;
        final String name;
        final StringBuilder arguments = new StringBuilder();

        Call(String itemId, int outputIndex, String callId, String name) {
            this.itemId = itemId;
            this.outputIndex = outputIndex;
            this.callId = callId;
            this.name = name;
        }

        @Override
        public Item.FunctionCall snapshot(ItemStatus status) {
            return new Item.FunctionCall(itemId, status, callId, name, arguments.toString());
        }
    }
}
