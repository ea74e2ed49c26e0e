package dev.antiphon.server.twin;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.twin.brain.SpokenAnswers;
import dev.antiphon.server.twin.brain.TwinBrain;
import dev.antiphon.server.twin.speech.Speakers;
import dev.antiphon.server.twin.speech.TwinVoice;
import dev.antiphon.server.twin.wire.Ids;
import dev.antiphon.server.twin.wire.Refusal;
import dev.antiphon.server.twin.wire.SpeechOrder;
import dev.antiphon.server.twin.wire.SpeechOrderReader;
import dev.antiphon.server.twin.wire.TranscriptShape;
import dev.antiphon.server.twin.wire.TranscriptionForm;
import dev.antiphon.server.twin.wire.TranscriptionFormReader;
import dev.antiphon.server.twin.wire.TwinRequest;
import dev.antiphon.server.twin.wire.TwinRequestReader;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.Usage;
import io.netty.handler.codec.http.FullHttpRequest;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The model behind the wire, shared by all connections: understands requests, remembers answers, speaks.
 *
 * <p>Threading: thread-safe; {@link #think}, {@link #transcribe} and {@link #speak} take milliseconds and run on the twin's workers.
 */
final class TwinModel {
    static final String NAME = "antiphon-twin";

    private static final int TOKENS_PER_SECOND_HEARD = 10;
    private static final long MILLIS_PER_SECOND = 1_000;

    private final TwinSettings settings;
    private final TwinBrain brain = new TwinBrain();
    private final Speakers speakers = new Speakers();
    private final SpokenAnswers answers = new SpokenAnswers();
    private final FaultOrders faults = new FaultOrders();
    private final AtomicLong requests = new AtomicLong(); // event loop and workers: only ever counted up

    TwinModel(TwinSettings settings) {
        this.settings = settings;
    }

    TwinSettings settings() {
        return settings;
    }

    FaultOrders faults() {
        return faults;
    }

    void warmUp() {
        speakers.warmUp();
    }

    /** Names for one more request, a stream of their own. */
    Ids newIds() {
        return new Ids(settings.seed() + requests.getAndIncrement());
    }

    /**
     * @param body of {@code POST /v1/chat/completions}
     * @throws Refusal where the provider refuses
     */
    Thought think(InputStream body) {
        TwinRequest request = new TwinRequestReader(TwinVoice.names()).read(body);
        TwinFault fault = faults.next(request.model());
        long nowUnixSeconds = settings.memory().nowUnixSeconds();
        Usage.Input input = charge(request, nowUnixSeconds);
        return new Thought(
                request, brain.answer(request, audioId -> transcript(audioId, nowUnixSeconds)), input, fault);
    }

    /**
     * @param request of {@code POST /v1/audio/transcriptions} or {@code …/translations}; lent
     * @param task of {@link TranscriptShape}
     * @throws Refusal where the provider refuses
     */
    Transcription transcribe(FullHttpRequest request, String task) {
        TranscriptionForm form = TranscriptionFormReader.read(request, task);
        return Transcription.of(form, faults.next(form.model()));
    }

    /**
     * @param body of {@code POST /v1/audio/speech}
     * @throws Refusal where the provider refuses
     */
    Speech order(InputStream body) {
        SpeechOrder order = new SpeechOrderReader(TwinVoice.names()).read(body);
        return new Speech(order, faults.next(order.model()));
    }

    AudioClip speak(String sentence, String voice) {
        return speakers.speak(sentence, TwinVoice.of(voice));
    }

    AudioClip speak(String sentence, String voice, double speedRatio) {
        return speakers.speak(sentence, TwinVoice.of(voice), speedRatio);
    }

    void remember(String audioId, SpokenAnswers.SpokenAnswer answer) {
        answers.remember(audioId, answer, settings.memory().nowUnixSeconds());
    }

    private Usage.Input charge(TwinRequest request, long nowUnixSeconds) {
        int audioTokens = 0;
        List<ChatMessage> messages = request.messages();
        for (int i = 0; i < messages.size(); i++) {
            ChatMessage message = messages.get(i);
            if (message instanceof ChatMessage.UserMessage user) {
                audioTokens += heardTokens(user);
            } else if (message instanceof ChatMessage.AssistantMessage assistant && assistant.audioId() != null) {
                SpokenAnswers.SpokenAnswer quoted = answers.find(assistant.audioId(), nowUnixSeconds);
                if (quoted == null) throw audioNotFound(assistant.audioId(), i);
                audioTokens += quoted.audioTokens();
            }
        }
        int textTokens = request.textTokens();
        return new Usage.Input(textTokens + audioTokens, textTokens, audioTokens, 0, 0);
    }

    private static int heardTokens(ChatMessage.UserMessage user) {
        long millis = 0;
        for (ChatMessage.UserPart part : user.parts()) {
            if (part instanceof ChatMessage.AudioPart audio)
                millis += audio.clip().millis();
        }
        return (int) ((millis * TOKENS_PER_SECOND_HEARD + MILLIS_PER_SECOND - 1) / MILLIS_PER_SECOND);
    }

    private static Refusal audioNotFound(String audioId, int messageIndex) {
        return Refusal.badRequest(
                "Assistant audio " + audioId + " not found.",
                "content.messages[" + messageIndex + "].audio.id",
                "audio_not_found");
    }

    private @Nullable String transcript(String audioId, long nowUnixSeconds) {
        SpokenAnswers.SpokenAnswer answer = answers.find(audioId, nowUnixSeconds);
        return answer == null ? null : answer.transcript();
    }
}
