package dev.antiphon.session;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Conversation;
import dev.antiphon.conversation.Item;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sound of what a person said in a conversation: kept while a model may be told it again, given back when not. So a
 * session holds no more of it than {@link MemorySettings} allow, however long it lasts.
 *
 * <p>Sound may be given back only while nobody reads it: no call of the session is under way.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class UserSpeech {
    /** What is left of most turns; so many that they share it. */
    private static final List<ContentPart> FORGOTTEN = List.of(new ContentPart.InputAudio(null, null));

    private final Conversation conversation;
    private final MemorySettings memory;
    private final List<AudioClip> taken = new ArrayList<>(); // out of the conversation, and not given back yet

    UserSpeech(Conversation conversation, MemorySettings memory) {
        this.conversation = conversation;
        this.memory = memory;
    }

    /** An item has left the conversation. */
    void onRemoved(Item item) {
        if (!(item instanceof Item.Message message)) return;
        for (ContentPart part : message.content()) {
            AudioClip clip = clipOf(part);
            if (clip != null) taken.add(clip);
        }
    }

    /** Lets go of turns that are told in words by now, or not at all: the oldest, and never the newest. */
    void forgetOld(SessionSettings.Truncation truncation) {
        long bytesLeft = bytesToKeep(truncation);
        int turns = 0;
        List<Item> items = conversation.items();
        for (int i = items.size() - 1; i >= 0; i--) {
            if (!(items.get(i) instanceof Item.Message message)) continue;
            long bytes = bytesOf(message);
            if (bytes == 0) continue;
            turns++;
            bytesLeft -= bytes;
            boolean isInWords = turns > memory.userAudioTurns() && hasWords(message);
            boolean isTooOld = turns > 1 && bytesLeft < 0;
            if (isInWords || isTooOld) letGo(message);
        }
        giveBack();
    }

    /** The session is over. */
    void forgetAll() {
        conversation.items().forEach(this::onRemoved);
        giveBack();
    }

    /** As much as a request may hold; once that is exceeded, the share of it that truncation keeps. */
    private long bytesToKeep(SessionSettings.Truncation truncation) {
        if (!truncation.isEnabled()) return Long.MAX_VALUE;
        long total = 0;
        List<Item> items = conversation.items();
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i) instanceof Item.Message message) total += bytesOf(message);
        }
        long most = memory.userAudioBytes();
        return total <= most ? most : (long) (most * truncation.retentionRatio());
    }

    private void letGo(Item.Message message) {
        onRemoved(message);
        List<ContentPart> parts = new ArrayList<>();
        for (ContentPart part : message.content()) {
            parts.add(
                    part instanceof ContentPart.InputAudio audio
                            ? new ContentPart.InputAudio(null, audio.transcript())
                            : part);
        }
        conversation.replace(new Item.Message(
                message.id(), message.status(), message.role(), parts.equals(FORGOTTEN) ? FORGOTTEN : parts));
    }

    private void giveBack() {
        taken.forEach(AudioClip::close);
        taken.clear();
    }

    private static long bytesOf(Item.Message message) {
        long bytes = 0;
        List<ContentPart> content = message.content();
        for (int i = 0; i < content.size(); i++) {
            AudioClip clip = clipOf(content.get(i));
            if (clip != null) bytes += clip.bytes();
        }
        return bytes;
    }

    private static boolean hasWords(Item.Message message) {
        for (ContentPart part : message.content()) {
            if (part instanceof ContentPart.InputAudio audio && audio.transcript() == null) return false;
        }
        return true;
    }

    private static @Nullable AudioClip clipOf(ContentPart part) {
        return part instanceof ContentPart.InputAudio audio ? audio.clip() : null;
    }
}
