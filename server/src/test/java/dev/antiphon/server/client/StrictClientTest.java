package dev.antiphon.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.core.ObjectMappers;
import com.openai.models.realtime.RealtimeServerEvent;
import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.realtime.Dialect;
import dev.antiphon.realtime.ServerEventWriter;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ResponseSnapshot.Outcome;
import dev.antiphon.session.ResponseSnapshot.Reason;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.TurnDetection;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.turn.Eagerness;
import dev.antiphon.turn.TurnSettings;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the gateway says, read by the strictest client there is: openai-java with its validation on. */
@ExtendWith(NoBufferLeaks.class)
class StrictClientTest {
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;
    private static final PartRef PART = new PartRef("resp_1", "item_2", 0, 0);
    private static final SessionSettings SETTINGS = SessionSettings.defaults("gpt-realtime", "marin");

    static Stream<ServerEvent> events() {
        Item user = new Item.Message(
                "item_1",
                ItemStatus.COMPLETED,
                Item.Role.USER,
                List.of(
                        new ContentPart.InputAudio(AudioClip.of(24_000, new byte[2]), null),
                        new ContentPart.InputText("hi"),
                        new ContentPart.InputImage("data:image/png;base64,AA==", "low")));
        Item system = new Item.Message(
                "item_0", ItemStatus.COMPLETED, Item.Role.SYSTEM, List.of(new ContentPart.InputText("be kind")));
        Item begun = new Item.Message("item_2", ItemStatus.IN_PROGRESS, Item.Role.ASSISTANT, List.of());
        Item spoken = new Item.Message(
                "item_2",
                ItemStatus.INCOMPLETE,
                Item.Role.ASSISTANT,
                List.of(new ContentPart.OutputAudio("heard", null), new ContentPart.OutputText("read")));
        Item call = new Item.FunctionCall("item_3", ItemStatus.COMPLETED, "call_1", "f", "{}");
        Item output = new Item.FunctionCallOutput("item_4", ItemStatus.COMPLETED, "call_1", "7");
        SessionSettings rich = new SessionSettings(
                "m",
                "Be brief.",
                new SessionSettings.Input(AudioFormat.PCM16_24KHZ, null),
                new SessionSettings.Output(SessionSettings.Modality.TEXT, AudioFormat.PCM16_24KHZ, "my-voice", 1.25),
                new ChatRequest.Tools(
                        List.of(
                                new ToolDefinition("f", "does", "{\"type\":\"object\"}"),
                                new ToolDefinition("g", null, null)),
                        ToolChoice.function("f"),
                        true),
                new SessionSettings.Generation(99, null, "low", new SessionSettings.Truncation(true, 0.8)));
        SessionSettings telephone = SETTINGS.withInput(new SessionSettings.Input(
                        AudioFormat.MULAW_8KHZ,
                        new TurnDetection(TurnSettings.semantic(Eagerness.HIGH), true, false),
                        new SessionSettings.Transcription("whisper-1", "en", "names"),
                        "near_field"))
                .withOutput(
                        new SessionSettings.Output(SessionSettings.Modality.AUDIO, AudioFormat.ALAW_8KHZ, "cedar", 1))
                .withGeneration(new SessionSettings.Generation(null, null, null, SessionSettings.Truncation.DISABLED));
        SessionSettings idle = SETTINGS.withInput(new SessionSettings.Input(
                AudioFormat.ALAW_8KHZ, new TurnDetection(TurnSettings.DEFAULT, true, true, 5_000)));
        SessionSettings transcribing = telephone.withOutput(
                new SessionSettings.Output(SessionSettings.Modality.NONE, AudioFormat.PCM16_24KHZ, "marin", 1));
        SessionSettings fresh = SETTINGS.withOutput(transcribing.output());
        return Stream.of(
                new ServerEvent.SessionCreated("sess_1", 1756324625, SETTINGS),
                new ServerEvent.SessionUpdated("sess_1", 1756324625, rich),
                new ServerEvent.SessionUpdated("sess_1", 1756324625, telephone),
                new ServerEvent.SessionUpdated("sess_1", 1756324625, idle),
                new ServerEvent.SessionCreated("sess_1", 1756324625, fresh),
                new ServerEvent.SessionUpdated("sess_1", 1756324625, transcribing),
                new ServerEvent.SpeechStarted("item_1", 100),
                new ServerEvent.SpeechStopped("item_1", 900),
                new ServerEvent.InputAudioCommitted("item_1", null),
                new ServerEvent.InputAudioCleared(),
                new ServerEvent.ItemAdded(user, null),
                new ServerEvent.ItemDone(user, "item_0"),
                new ServerEvent.ItemAdded(system, null),
                new ServerEvent.ItemAdded(begun, "item_1"),
                new ServerEvent.ItemDone(spoken, "item_1"),
                new ServerEvent.ItemAdded(call, "item_2"),
                new ServerEvent.ItemDone(output, "item_3"),
                new ServerEvent.ItemTruncated("item_2", 0, 1500),
                new ServerEvent.ItemRetrieved(user),
                new ServerEvent.ItemRetrieved(spoken),
                new ServerEvent.ItemRetrieved(call),
                new ServerEvent.ItemDeleted("item_1"),
                new ServerEvent.InputAudioTimeoutTriggered("item_1", 100, 6_100),
                new ServerEvent.InputTranscriptionDelta("item_1", 0, "he"),
                new ServerEvent.InputTranscriptionCompleted(
                        "item_1", 0, "hello", new TranscriptionUsage.Tokens(9, 5, 4, 2, 3)),
                new ServerEvent.InputTranscriptionCompleted("item_1", 0, "hello", new TranscriptionUsage.Duration(1.5)),
                new ServerEvent.InputTranscriptionFailed(
                        "item_1", 0, new ResponseSnapshot.Failure("server_error", "x", "Gone.")),
                new ServerEvent.InputTranscriptionFailed(
                        "item_1", 0, new ResponseSnapshot.Failure("server_error", null, "Gone.")),
                new ServerEvent.RateLimitsUpdated(
                        List.of(new RateLimit("requests", 100, 99, 0.5), new RateLimit("tokens", 100, 99, 60))),
                new ServerEvent.ResponseCreated(response(Outcome.IN_PROGRESS, null)),
                new ServerEvent.ResponseDone(new ResponseSnapshot(
                        new ResponseSnapshot.Identity("resp_1", null, Map.of()),
                        Outcome.COMPLETED,
                        List.of(),
                        telephone,
                        Usage.NONE)),
                new ServerEvent.ResponseDone(response(Outcome.COMPLETED, Usage.NONE, spoken, call)),
                new ServerEvent.ResponseDone(
                        response(new Outcome(Status.CANCELLED, Reason.CLIENT_CANCELLED, null), Usage.NONE)),
                new ServerEvent.ResponseDone(
                        response(new Outcome(Status.INCOMPLETE, Reason.CONTENT_FILTER, null), Usage.NONE)),
                new ServerEvent.ResponseDone(response(
                        new Outcome(Status.FAILED, null, new ResponseSnapshot.Failure("server_error", null, "Gone.")),
                        Usage.NONE)),
                new ServerEvent.OutputItemAdded("resp_1", 0, begun),
                new ServerEvent.OutputItemDone("resp_1", 0, spoken),
                new ServerEvent.ContentPartAdded(PART, ServerEvent.PartKind.AUDIO),
                new ServerEvent.ContentPartDone(PART, ServerEvent.PartKind.TEXT, "all"),
                new ServerEvent.OutputAudioDone(PART),
                new ServerEvent.OutputAudioTranscriptDelta(PART, "a"),
                new ServerEvent.OutputAudioTranscriptDone(PART, "ab"),
                new ServerEvent.OutputTextDelta(PART, "a"),
                new ServerEvent.OutputTextDone(PART, "ab"),
                new ServerEvent.FunctionCallArgumentsDelta("resp_1", "item_3", 1, "call_1", "{"),
                new ServerEvent.FunctionCallArgumentsDone("resp_1", "item_3", 1, "call_1", "f", "{}"),
                ServerEvent.ErrorEvent.of(new ClientFault("invalid_value", "No.", null, null)),
                new ServerEvent.ErrorEvent("server_error", null, "No.", "type", "e1"));
    }

    @ParameterizedTest
    @MethodSource("events")
    void everyEventIsValid(ServerEvent event) throws IOException {
        assertValid(new ServerEventWriter(Dialect.GA).write(event, ALLOCATOR));
    }

    @Test
    void audioIsValid() throws IOException {
        ByteBuf pcm = ALLOCATOR.buffer().writeZero(960);
        try {
            RealtimeServerEvent event = assertValid(new ServerEventWriter(Dialect.GA).writeAudio(PART, pcm, ALLOCATOR));
            assertThat(event.isResponseOutputAudioDelta()).isTrue();
        } finally {
            pcm.release();
        }
    }

    @Test
    void noTypeOfEventIsLeftOut() {
        Set<Class<?>> shown = events().map(Object::getClass).collect(Collectors.toSet());
        assertThat(shown).isEqualTo(new HashSet<>(List.of(ServerEvent.class.getPermittedSubclasses())));
    }

    private static RealtimeServerEvent assertValid(ByteBuf frame) throws IOException {
        String json = frame.toString(StandardCharsets.UTF_8);
        frame.release();
        RealtimeServerEvent event = ObjectMappers.jsonMapper().readValue(json, RealtimeServerEvent.class);
        assertThat(event.validate()).isSameAs(event);
        return event;
    }

    private static ResponseSnapshot response(Outcome outcome, @Nullable Usage usage, Item... output) {
        return new ResponseSnapshot(
                new ResponseSnapshot.Identity("resp_1", "conv_1", Map.of("k", "v")),
                outcome,
                List.of(output),
                SETTINGS,
                usage);
    }
}
