package dev.antiphon.server.twin.brain;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatMessage.UserPart;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a request, asked as the twin's memory.
 *
 * <p>Threading: immutable.
 */
final class Conversation {
    private static final Pattern SPEAK =
            Pattern.compile("\\b(?:speak|spoken|aloud|audio)\\b", Pattern.CASE_INSENSITIVE);
    private static final int INVITING_ANSWERS = 3;

    private final List<ChatMessage> messages;
    private final Function<String, @Nullable String> transcripts;
    private final List<UserMessage> userMessages = new ArrayList<>();

    Conversation(List<ChatMessage> messages, Function<String, @Nullable String> transcripts) {
        this.messages = messages;
        this.transcripts = transcripts;
        for (ChatMessage message : messages) if (message instanceof UserMessage user) userMessages.add(user);
    }

    int userTurns() {
        return userMessages.size();
    }

    /** The newest user's words; empty: there are none. */
    String newestText() {
        return userMessages.isEmpty() ? "" : textOf(userMessages.get(userMessages.size() - 1));
    }

    List<AudioClip> newestSounds() {
        return userMessages.isEmpty() ? List.of() : soundsOf(userMessages.get(userMessages.size() - 1));
    }

    /** The last sound anybody sent; null: none. */
    @Nullable
    AudioClip newestSound() {
        for (int i = userMessages.size() - 1; i >= 0; i--) {
            List<AudioClip> sounds = soundsOf(userMessages.get(i));
            if (!sounds.isEmpty()) return sounds.get(sounds.size() - 1);
        }
        return null;
    }

    /** The user's turn before the newest; null: there was none. */
    @Nullable
    UserMessage earlierUserMessage() {
        return userMessages.size() < 2 ? null : userMessages.get(userMessages.size() - 2);
    }

    /** The twin's newest words; null: it has said nothing. */
    @Nullable
    String earlierAnswer() {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (!(messages.get(i) instanceof AssistantMessage assistant)) continue;
            String audioId = assistant.audioId();
            String words = audioId == null ? null : transcripts.apply(audioId);
            if (words == null) words = assistant.text();
            if (words != null && !words.isBlank()) return words;
        }
        return null;
    }

    /** What tools answered after everything else; empty: the newest message is no result. */
    List<ToolMessage> newestToolResults() {
        List<ToolMessage> results = new ArrayList<>();
        for (int i = messages.size() - 1; i >= 0 && messages.get(i) instanceof ToolMessage result; i--) {
            results.add(0, result);
        }
        return results;
    }

    /**
     * Whether this history makes a model write: it is shown several written answers, none that was spoken, and nobody told
     * it to speak. Audio models were reported to do so.
     */
    boolean invitesWriting() {
        int written = 0;
        for (ChatMessage message : messages) {
            if (message instanceof SystemMessage system
                    && SPEAK.matcher(system.text()).find()) return false;
            if (!(message instanceof AssistantMessage answer)) continue;
            if (answer.audioId() != null) return false;
            if (answer.text() != null) written++;
        }
        return written >= INVITING_ANSWERS;
    }

    boolean isDirected(Pattern pattern) {
        return direction(pattern) != null;
    }

    /** Found in the newest words of the user, or else in the newest of the system; null: in neither. */
    @Nullable
    Matcher direction(Pattern pattern) {
        Matcher user = pattern.matcher(newestText());
        if (user.find()) return user;
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (!(messages.get(i) instanceof SystemMessage system)) continue;
            Matcher matcher = pattern.matcher(system.text());
            if (matcher.find()) return matcher;
        }
        return null;
    }

    static String textOf(UserMessage message) {
        return message.parts().stream()
                .filter(TextPart.class::isInstance)
                .map(part -> ((TextPart) part).text())
                .collect(Collectors.joining("\n"));
    }

    static List<AudioClip> soundsOf(UserMessage message) {
        List<AudioClip> sounds = new ArrayList<>();
        for (UserPart part : message.parts()) if (part instanceof AudioPart audio) sounds.add(audio.clip());
        return sounds;
    }
}
