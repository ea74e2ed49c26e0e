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
        /** Null: written, not spoken. */
        final @Nullable LedgerEntry entry;

        private final @Nullable StringBuilder written; // null: spoken, the ledger has the words
        private int characters; // that were told; the ledger may have more
        private @Nullable String told; // the words as they were asked for last; null: not yet
        /** Null until the model is through with an answer that it remembers. */
        ContentPart.@Nullable SpokenAnswer spokenAnswer;

        SpokenOrWritten(PartRef part, @Nullable LedgerEntry entry) {
            this.part = part;
            this.entry = entry;
            written = entry == null ? new StringBuilder() : null;
        }

        void add(String delta) {
            if (written != null) written.append(delta);
            if (entry != null) entry.onTranscript(delta);
            characters += delta.length();
        }

        int characters() {
            return characters;
        }

        /** The words that were told. */
        String text() {
            if (told == null || told.length() != characters) {
                String all = written != null ? written.toString() : entry == null ? "" : entry.transcript();
                told = all.length() == characters ? all : all.substring(0, characters);
            }
            return told;
        }

        ServerEvent.PartKind kind() {
            return entry == null ? ServerEvent.PartKind.TEXT : ServerEvent.PartKind.AUDIO;
        }

        @Override
        public Item.Message snapshot(ItemStatus status) {
            ContentPart content = entry == null
                    ? new ContentPart.OutputText(text())
                    : new ContentPart.OutputAudio(text(), spokenAnswer);
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
