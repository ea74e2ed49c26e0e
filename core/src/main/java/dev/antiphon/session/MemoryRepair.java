package dev.antiphon.session;

import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Conversation;
import dev.antiphon.conversation.Item;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mends what a provider no longer remembers: an answer that it cannot find under its audio id is told in words from then
 * on, so that the question can be asked again.
 */
final class MemoryRepair {
    private static final String AUDIO_NOT_FOUND = "audio_not_found";

    private MemoryRepair() {}

    /**
     * Forgets the audio ids that the fault names, or all of them where it names none that we know.
     *
     * @param input what the model was told instead of the conversation; null: the conversation
     * @return whether anything was changed, so that the model can be asked again
     */
    static boolean apply(UpstreamFault fault, Conversation conversation, @Nullable List<Item> input) {
        if (!AUDIO_NOT_FOUND.equals(fault.code()) || input != null) return false;
        List<Item.Message> quoted = new ArrayList<>();
        List<Item.Message> named = new ArrayList<>();
        for (Item item : conversation.items()) {
            if (!(item instanceof Item.Message message)) continue;
            String audioId = audioIdOf(message);
            if (audioId == null) continue;
            quoted.add(message);
            if (fault.message().contains(audioId)) named.add(message);
        }
        List<Item.Message> forgotten = named.isEmpty() ? quoted : named;
        for (Item.Message message : forgotten) conversation.replace(withoutAudioId(message));
        return !forgotten.isEmpty();
    }

    private static @Nullable String audioIdOf(Item.Message message) {
        for (ContentPart part : message.content()) {
            if (part instanceof ContentPart.OutputAudio audio && audio.spokenAnswer() != null) {
                return audio.spokenAnswer().audioId();
            }
        }
        return null;
    }

    private static Item.Message withoutAudioId(Item.Message message) {
        List<ContentPart> parts = new ArrayList<>();
        for (ContentPart part : message.content()) {
            parts.add(
                    part instanceof ContentPart.OutputAudio audio
                            ? new ContentPart.OutputAudio(audio.transcript(), null)
                            : part);
        }
        return new Item.Message(message.id(), message.status(), message.role(), parts);
    }
}
