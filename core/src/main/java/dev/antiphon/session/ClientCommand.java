package dev.antiphon.session;

import dev.antiphon.conversation.Item;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client wants, but for audio, which comes as {@link Session#onAudio}. Named after the Realtime client events.
 *
 * <p>Threading: immutable.
 */
public sealed interface ClientCommand {
    /** The client's own name for this command, to be quoted in errors; null: it gave none. */
    @Nullable
    String eventId();

    void dispatchTo(Handler handler);

    /** @param settings the whole settings the client wants: the session's present ones with its changes applied */
    record SessionUpdate(@Nullable String eventId, SessionSettings settings) implements ClientCommand {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onSessionUpdate(this);
        }
    }

    record InputAudioCommit(@Nullable String eventId) implements ClientCommand {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onInputAudioCommit(this);
        }
    }

    record InputAudioClear(@Nullable String eventId) implements ClientCommand {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onInputAudioClear(this);
        }
    }

    /**
     * @param item its id is empty where the client gave none
     * @param previousItemId the item to insert after; {@link #ROOT}: at the front; null: at the end
     */
    record ItemCreate(
            @Nullable String eventId, Item item, @Nullable String previousItemId) implements ClientCommand {
        /** {@code previous_item_id} that means the front of the conversation. */
        public static final String ROOT = "root";

        @Override
        public void dispatchTo(Handler handler) {
            handler.onItemCreate(this);
        }
    }

    /** @param audioEndMillis how much of the item's audio was heard */
    record ItemTruncate(@Nullable String eventId, String itemId, int contentIndex, long audioEndMillis)
            implements ClientCommand {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onItemTruncate(this);
        }
    }

    record ItemRetrieve(@Nullable String eventId, String itemId) implements ClientCommand {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onItemRetrieve(this);
        }
    }

    record ItemDelete(@Nullable String eventId, String itemId) implements ClientCommand {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onItemDelete(this);
        }
    }

    /**
     * @param settings the session's settings with the changes this one response wants
     * @param metadata to be echoed; empty: none
     * @param context what it is an answer to
     */
    record ResponseCreate(
            @Nullable String eventId, SessionSettings settings, Map<String, String> metadata, ResponseContext context)
            implements ClientCommand {
        public ResponseCreate {
            metadata = Map.copyOf(metadata);
        }

        /** An answer to the conversation, which becomes part of it. */
        public ResponseCreate(@Nullable String eventId, SessionSettings settings, Map<String, String> metadata) {
            this(eventId, settings, metadata, ResponseContext.CONVERSATION);
        }

        @Override
        public void dispatchTo(Handler handler) {
            handler.onResponseCreate(this);
        }
    }

    /** @param responseId null: whichever is active */
    record ResponseCancel(
            @Nullable String eventId, @Nullable String responseId) implements ClientCommand {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onResponseCancel(this);
        }
    }

    /** One method a command. */
    interface Handler {
        void onSessionUpdate(SessionUpdate command);

        void onInputAudioCommit(InputAudioCommit command);

        void onInputAudioClear(InputAudioClear command);

        void onItemCreate(ItemCreate command);

        void onItemTruncate(ItemTruncate command);

        void onItemRetrieve(ItemRetrieve command);

        void onItemDelete(ItemDelete command);

        void onResponseCreate(ResponseCreate command);

        void onResponseCancel(ResponseCancel command);
    }
}
