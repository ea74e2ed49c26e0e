package dev.antiphon.session;

import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.ContentPart.InputAudio;
import dev.antiphon.conversation.ContentPart.InputImage;
import dev.antiphon.conversation.ContentPart.InputText;
import dev.antiphon.conversation.ContentPart.OutputAudio;
import dev.antiphon.conversation.ContentPart.OutputText;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.Item.FunctionCall;
import dev.antiphon.conversation.Item.FunctionCallOutput;
import dev.antiphon.conversation.Item.Message;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.playout.Ledger;
import dev.antiphon.playout.LedgerEntry;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.ImagePart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.ToolCall;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatMessage.UserPart;
import dev.antiphon.upstream.ChatRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the model is told next: a conversation as the messages of a chat-completions request.
 *
 * <ul>
 *   <li>A spoken answer is quoted by its audio id while the provider remembers it and the person heard all of it;
 *       otherwise the model is told the words that were heard, and nothing where nothing was.
 *   <li>A function call stands in one assistant message with the other calls and the words of its response, its output
 *       right behind it, wherever it came in the conversation. A call without an output is left out: providers refuse it.
 *   <li>A spoken question whose sound was let go is told in its words; where there are none, the exchange is forgotten
 *       and all that came before it.
 * </ul>
 *
 * <p>Threading: confined to the session's event loop.
 */
final class ModelPrompt {
    /** An id that would expire while the request is under way is not quoted. */
    private static final long AUDIO_ID_MARGIN_SECONDS = 300;

    /** A request needs a message; this is the one where nobody has said anything. */
    private static final ChatMessage NOTHING_SAID_YET = new SystemMessage("You are a voice assistant.");

    private final Ledger ledger;
    private final MemorySettings memory;
    private final long nowUnixSeconds;
    private final Map<String, String> outputs = new HashMap<>();
    private final PromptBudget told = new PromptBudget();
    private int spokenTurnsToCome; // user turns with sound that are still to be told
    private int writtenAnswers;
    private int quotedAnswers;
    private @Nullable OpenAnswer answer;

    private ModelPrompt(Ledger ledger, MemorySettings memory, long nowUnixSeconds) {
        this.ledger = ledger;
        this.memory = memory;
        this.nowUnixSeconds = nowUnixSeconds;
    }

    /** The request that continues {@code items} with {@code settings}. */
    static ChatRequest of(
            List<Item> items, Ledger ledger, SessionSettings settings, MemorySettings memory, long nowUnixSeconds) {
        ModelPrompt prompt = new ModelPrompt(ledger, memory, nowUnixSeconds);
        prompt.tell(items);
        boolean aloud = settings.output().modality() == SessionSettings.Modality.AUDIO;
        SessionSettings.Generation generation = settings.generation();
        return new ChatRequest(
                settings.model(),
                prompt.messages(settings.instructions(), aloud, generation.truncation()),
                aloud ? new ChatRequest.Speech(settings.output().voice()) : null,
                settings.tools(),
                new ChatRequest.Sampling(
                        generation.maxOutputTokens(), generation.temperature(), generation.reasoningEffort()));
    }

    private void tell(List<Item> items) {
        int firstRemembered = firstRemembered(items);
        for (int i = 0; i < items.size(); i++) {
            Item item = items.get(i);
            if (item instanceof FunctionCallOutput output) outputs.putIfAbsent(output.callId(), output.output());
            if (i >= firstRemembered && item instanceof Message message && isSpokenByUser(message)) spokenTurnsToCome++;
        }
        for (int i = 0; i < items.size(); i++) {
            Item item = items.get(i);
            if (i < firstRemembered && !isOfTheSystem(item)) continue;
            if (item instanceof Message message) tellMessage(message);
            else if (item instanceof FunctionCall call) tellCall(call);
        }
        endAnswer();
    }

    /** Of the exchanges, the first after the last whose question is gone. */
    private static int firstRemembered(List<Item> items) {
        int next = items.size(); // the question after the one that is looked at
        for (int i = items.size() - 1; i >= 0; i--) {
            if (!(items.get(i) instanceof Message message) || message.role() != Item.Role.USER) continue;
            if (isLetGo(message)) return next;
            next = i;
        }
        return 0;
    }

    /** There is neither sound nor words of it: {@link UserSpeech}. */
    private static boolean isLetGo(Message message) {
        List<ContentPart> content = message.content();
        for (int i = 0; i < content.size(); i++) {
            if (content.get(i) instanceof InputAudio audio && audio.clip() == null && audio.transcript() == null) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOfTheSystem(Item item) {
        return item instanceof Message message && message.role() == Item.Role.SYSTEM;
    }

    private List<ChatMessage> messages(String instructions, boolean aloud, SessionSettings.Truncation truncation) {
        List<ChatMessage> messages = new ArrayList<>();
        if (!instructions.isEmpty()) messages.add(new SystemMessage(instructions));
        if (aloud && writtenAnswers > quotedAnswers) messages.add(SystemMessage.ANSWER_ALOUD);
        messages.addAll(truncation.isEnabled() ? told.within(memory, truncation) : told.all());
        return messages.isEmpty() ? List.of(NOTHING_SAID_YET) : messages;
    }

    private void tellMessage(Message message) {
        endAnswer();
        switch (message.role()) {
            case SYSTEM -> told.add(new SystemMessage(textOf(message)), 0);
            case USER -> {
                List<UserPart> parts = userParts(message);
                if (!parts.isEmpty()) told.add(new UserMessage(parts), 0);
            }
            case ASSISTANT -> answer = answerOf(message);
        }
    }

    /** A call joins the words right before it: both came from one response. */
    private void tellCall(FunctionCall call) {
        if (call.status() != ItemStatus.COMPLETED || !outputs.containsKey(call.callId())) return;
        if (answer == null) answer = new OpenAnswer(null, null, 0);
        answer.calls.add(new ToolCall(call.callId(), call.name(), call.arguments()));
    }

    private void endAnswer() {
        if (answer == null) return;
        OpenAnswer ended = answer;
        answer = null;
        if (ended.text == null && ended.audioId == null && ended.calls.isEmpty()) return;
        if (ended.audioId != null) quotedAnswers++;
        else if (ended.text != null) writtenAnswers++;
        told.add(new AssistantMessage(ended.text, ended.audioId, ended.calls), ended.spokenMillis);
        for (ToolCall call : ended.calls) {
            told.add(new ToolMessage(call.callId(), outputs.getOrDefault(call.callId(), "")), 0);
        }
    }

    private OpenAnswer answerOf(Message message) {
        LedgerEntry entry = ledger.find(message.id());
        StringBuilder words = new StringBuilder();
        for (ContentPart part : message.content()) {
            if (part instanceof OutputText text) {
                words.append(text.text());
            } else if (part instanceof OutputAudio audio) {
                if (isQuotable(audio, entry)) {
                    return new OpenAnswer(audio.transcript(), audioIdOf(audio), spokenMillis(entry));
                }
                words.append(entry == null ? audio.transcript() : entry.heardTranscript());
            }
        }
        return new OpenAnswer(words.length() == 0 ? null : words.toString(), null, 0);
    }

    private boolean isQuotable(OutputAudio audio, @Nullable LedgerEntry entry) {
        ContentPart.SpokenAnswer spoken = audio.spokenAnswer();
        return spoken != null
                && entry != null
                && entry.isHeardWhole()
                && spoken.expiresAtUnixSeconds() - nowUnixSeconds > AUDIO_ID_MARGIN_SECONDS;
    }

    private static @Nullable String audioIdOf(OutputAudio audio) {
        return audio.spokenAnswer() == null ? null : audio.spokenAnswer().audioId();
    }

    private static long spokenMillis(@Nullable LedgerEntry entry) {
        return entry == null ? 0 : entry.millisOf(entry.generatedSamples());
    }

    private static boolean isSpokenByUser(Message message) {
        if (message.role() != Item.Role.USER) return false;
        List<ContentPart> content = message.content();
        for (int i = 0; i < content.size(); i++) if (content.get(i) instanceof InputAudio) return true;
        return false;
    }

    private List<UserPart> userParts(Message message) {
        boolean asSound = !isSpokenByUser(message) || spokenTurnsToCome-- <= memory.userAudioTurns();
        List<UserPart> parts = new ArrayList<>();
        for (ContentPart part : message.content()) {
            if (part instanceof InputText text) parts.add(new TextPart(text.text()));
            else if (part instanceof InputAudio audio) addSpeech(audio, asSound, parts);
            else if (part instanceof InputImage image) parts.add(new ImagePart(image.url(), image.detail()));
        }
        return parts;
    }

    private static void addSpeech(InputAudio audio, boolean asSound, List<UserPart> parts) {
        String transcript = audio.transcript();
        if (!asSound && transcript != null) parts.add(new TextPart(transcript));
        else if (audio.clip() != null && audio.clip().bytes() > 0) parts.add(new AudioPart(audio.clip()));
        else if (transcript != null && audio.clip() == null) parts.add(new TextPart(transcript));
    }

    private static String textOf(Message message) {
        StringBuilder text = new StringBuilder();
        for (ContentPart part : message.content()) {
            if (part instanceof InputText input) text.append(input.text());
        }
        return text.toString();
    }

    /** An assistant message that may still get calls. */
    private static final class OpenAnswer {
        final @Nullable String text;
        final @Nullable String audioId;
        /** Of an answer quoted by its id, which the model hears again. */
        final long spokenMillis;

        final List<ToolCall> calls = new ArrayList<>();

        OpenAnswer(@Nullable String text, @Nullable String audioId, long spokenMillis) {
            this.text = text;
            this.audioId = audioId;
            this.spokenMillis = spokenMillis;
        }
    }
}
