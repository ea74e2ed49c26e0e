package dev.antiphon.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.turn.Eagerness;
import dev.antiphon.turn.TurnSettings;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class ServerEventWriterTest {
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;
    private static final SessionSettings SETTINGS = SessionSettings.defaults("gpt-realtime", "marin");
    private static final PartRef PART = new PartRef("resp_1", "item_2", 0, 0);

    private final ServerEventWriter writer = new ServerEventWriter(Dialect.GA);

    @Test
    void sessionCreatedHasEveryKey() {
        assertThat(write(new ServerEvent.SessionCreated(
                        "sess_1", 1756324625, SETTINGS.withInstructions("Be \"kind\".\n"))))
                .isEqualTo("{\"type\":\"session.created\",\"event_id\":\"event_1\",\"session\":{\"type\":\"realtime\","
                        + "\"object\":\"realtime.session\",\"id\":\"sess_1\",\"model\":\"gpt-realtime\","
                        + "\"output_modalities\":[\"audio\"],\"instructions\":\"Be \\\"kind\\\".\\n\",\"tools\":[],"
                        + "\"tool_choice\":\"auto\",\"max_output_tokens\":\"inf\",\"tracing\":null,\"prompt\":null,"
                        + "\"expires_at\":1756324625,\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcm\","
                        + "\"rate\":24000},\"transcription\":null,\"noise_reduction\":null,\"turn_detection\":{"
                        + "\"type\":\"server_vad\",\"threshold\":0.5,\"prefix_padding_ms\":300,"
                        + "\"silence_duration_ms\":500,\"idle_timeout_ms\":null,\"create_response\":true,"
                        + "\"interrupt_response\":true}},\"output\":{\"format\":{\"type\":\"audio/pcm\","
                        + "\"rate\":24000},\"voice\":\"marin\",\"speed\":1}},\"include\":null}}");
    }

    @Test
    void sessionUpdatedEchoesWhatIsInForce() {
        SessionSettings settings = new SessionSettings(
                "m",
                "",
                new SessionSettings.Input(
                        SETTINGS.input().format(),
                        new SessionSettings.TurnDetection(new TurnSettings(0.3f, 100, 700), false, false)),
                new SessionSettings.Output(
                        SessionSettings.Modality.TEXT, SETTINGS.output().format(), "alloy", 1.25),
                new ChatRequest.Tools(
                        List.of(
                                new ToolDefinition("f", "does", "{\"type\": \"object\"}"),
                                new ToolDefinition("g", null, null)),
                        ToolChoice.function("f"),
                        true),
                new SessionSettings.Generation(99, null));
        assertThat(write(new ServerEvent.SessionUpdated("sess_1", 7, settings)))
                .contains("\"type\":\"session.updated\"")
                .contains("\"output_modalities\":[\"text\"]")
                .contains("\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"description\":\"does\","
                        + "\"parameters\":{\"type\": \"object\"}},{\"type\":\"function\",\"name\":\"g\"}]")
                .contains("\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"},\"parallel_tool_calls\":true")
                .contains("\"max_output_tokens\":99")
                .contains("\"threshold\":0.3,\"prefix_padding_ms\":100,\"silence_duration_ms\":700")
                .contains("\"create_response\":false,\"interrupt_response\":false")
                .contains("\"speed\":1.25");
        assertThat(write(new ServerEvent.SessionUpdated(
                        "sess_1",
                        7,
                        settings.withInput(
                                new SessionSettings.Input(SETTINGS.input().format(), null)))))
                .contains("\"turn_detection\":null");
    }

    @Test
    void everyKindOfSettingIsEchoed() {
        SessionSettings settings = SETTINGS.withInput(new SessionSettings.Input(
                        AudioFormat.MULAW_8KHZ,
                        new SessionSettings.TurnDetection(TurnSettings.semantic(Eagerness.LOW), true, false),
                        new SessionSettings.Transcription("whisper-1", null, "names"),
                        "far_field"))
                .withOutput(new SessionSettings.Output(
                        SessionSettings.Modality.AUDIO, AudioFormat.ALAW_8KHZ, "cedar", 0.25))
                .withGeneration(
                        new SessionSettings.Generation(null, 0.5, "low", new SessionSettings.Truncation(true, 0.8)));
        assertThat(write(new ServerEvent.SessionUpdated("sess_1", 7, settings)))
                .contains("\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcmu\"},\"transcription\":{"
                        + "\"model\":\"whisper-1\",\"prompt\":\"names\"},\"noise_reduction\":{\"type\":\"far_field\"},"
                        + "\"turn_detection\":{\"type\":\"semantic_vad\",\"eagerness\":\"low\","
                        + "\"create_response\":true,\"interrupt_response\":false}},\"output\":{\"format\":{"
                        + "\"type\":\"audio/pcma\"},\"voice\":\"cedar\",\"speed\":0.25}}")
                .contains("\"reasoning\":{\"effort\":\"low\"},\"max_output_tokens\":\"inf\",\"truncation\":{"
                        + "\"type\":\"retention_ratio\",\"retention_ratio\":0.8},\"tracing\":null")
                .doesNotContain("temperature");
        assertThat(write(new ServerEvent.SessionUpdated(
                        "sess_1",
                        7,
                        settings.withGeneration(new SessionSettings.Generation(
                                null, null, null, SessionSettings.Truncation.DISABLED)))))
                .contains("\"truncation\":\"disabled\"")
                .doesNotContain("reasoning");
        assertThat(write(new ServerEvent.SessionUpdated(
                        "sess_1",
                        7,
                        SETTINGS.withInput(new SessionSettings.Input(
                                AudioFormat.PCM16_24KHZ,
                                new SessionSettings.TurnDetection(TurnSettings.DEFAULT, true, true, 6_000))))))
                .contains("\"idle_timeout_ms\":6000,\"create_response\"");
        assertThat(write(new ServerEvent.ResponseCreated(new ResponseSnapshot(
                        new ResponseSnapshot.Identity("resp_1", null, Map.of()),
                        ResponseSnapshot.Outcome.IN_PROGRESS,
                        List.of(),
                        settings,
                        null))))
                .contains("\"conversation_id\":null,")
                .contains("\"audio\":{\"output\":{\"format\":{\"type\":\"audio/pcma\"},\"voice\":\"cedar\"}}");
    }

    @Test
    void aTranscriptionSessionIsATypeOfSession() {
        SessionSettings settings = SETTINGS.withOutput(
                new SessionSettings.Output(SessionSettings.Modality.NONE, AudioFormat.PCM16_24KHZ, "marin", 1));
        assertThat(write(new ServerEvent.SessionCreated("sess_1", 7, settings)))
                .isEqualTo("{\"type\":\"session.created\",\"event_id\":\"event_1\",\"session\":{"
                        + "\"type\":\"transcription\",\"object\":\"realtime.transcription_session\","
                        + "\"id\":\"sess_1\",\"expires_at\":7,\"audio\":{\"input\":{\"format\":{"
                        + "\"type\":\"audio/pcm\",\"rate\":24000},\"transcription\":null,\"noise_reduction\":null,"
                        + "\"turn_detection\":{\"type\":\"server_vad\",\"threshold\":0.5,\"prefix_padding_ms\":300,"
                        + "\"silence_duration_ms\":500,\"idle_timeout_ms\":null,\"create_response\":true,"
                        + "\"interrupt_response\":true}}},\"include\":null}}");
    }

    @Test
    void aRetrievedItemBringsItsSoundAsLongAsTheFrameStaysSmall() {
        assertThat(write(new ServerEvent.ItemRetrieved(spoken("hm", 4))))
                .isEqualTo("{\"type\":\"conversation.item.retrieved\",\"event_id\":\"event_1\",\"item\":{"
                        + "\"id\":\"item_1\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"user\","
                        + "\"content\":[{\"type\":\"input_audio\",\"transcript\":\"hm\",\"audio\":\"AAAAAA==\"}]}}");
        int fits = (EventWriter.MAX_RETRIEVED_BYTES - 2_000) / 4 * 3 & ~1;
        assertThat(write(new ServerEvent.ItemRetrieved(spoken("hm", fits))))
                .hasSizeBetween(695_000, EventWriter.MAX_RETRIEVED_BYTES - 1)
                .contains("\"audio\":\"AAAA");
        // The second part has no room left, the third has.
        String three = write(new ServerEvent.ItemRetrieved(spoken("hm", fits / 2, fits, 4)));
        assertThat(three)
                .hasSizeLessThan(EventWriter.MAX_RETRIEVED_BYTES)
                .contains("},{\"type\":\"input_audio\",\"transcript\":\"hm\"},{\"type\":\"input_audio\","
                        + "\"transcript\":\"hm\",\"audio\":\"AAAAAA==\"}]}}");
        // Words come first: with many of them even a short sound has no room.
        assertThat(write(new ServerEvent.ItemRetrieved(spoken("\u0001".repeat(117_000), 4))))
                .hasSizeBetween(702_000, 1 << 20)
                .doesNotContain("\"audio\":");
    }

    @Test
    void theLongestItemThatIsReadIsRepeatedInAFrameBelowAMebibyte() {
        String text = "\u0001".repeat(WireSize.MAX_ECHO_BYTES / 6 - 100);
        Item item = new Item.Message(
                "item_1", ItemStatus.COMPLETED, Item.Role.USER, List.of(new ContentPart.InputText(text)));
        assertThat(WireSize.of(item)).isLessThanOrEqualTo(WireSize.MAX_ECHO_BYTES);
        assertThat(write(new ServerEvent.ItemAdded(item, "x".repeat(512)))).hasSizeBetween(980_000, (1 << 20) - 1);
        for (String any : List.of("a\"\\\u0000\n\u001f", "é\u0800\uFFFF", "\uD83D\uDE00", "\uD83D", "\uDE00x")) {
            String written = write(new ServerEvent.OutputTextDelta(PART, any));
            int empty = write(new ServerEvent.OutputTextDelta(PART, "")).length();
            assertThat(written.getBytes(StandardCharsets.UTF_8).length - empty)
                    .as(any)
                    .isLessThanOrEqualTo((int) WireSize.of(any));
        }
    }

    @Test
    void inputIsWrittenDown() {
        String item = "\"item_id\":\"item_1\",\"content_index\":0";
        assertThat(write(new ServerEvent.InputTranscriptionDelta("item_1", 0, "he")))
                .isEqualTo("{\"type\":\"conversation.item.input_audio_transcription.delta\",\"event_id\":\"event_1\","
                        + item + ",\"delta\":\"he\"}");
        assertThat(write(new ServerEvent.InputTranscriptionCompleted(
                        "item_1", 0, "hello", new TranscriptionUsage.Duration(1.5))))
                .isEqualTo("{\"type\":\"conversation.item.input_audio_transcription.completed\","
                        + "\"event_id\":\"event_2\"," + item
                        + ",\"transcript\":\"hello\",\"usage\":{\"type\":\"duration\",\"seconds\":1.5}}");
        assertThat(write(new ServerEvent.InputTranscriptionCompleted(
                        "item_1", 0, "hello", new TranscriptionUsage.Tokens(9, 5, 4, 2, 3))))
                .endsWith("\"usage\":{\"type\":\"tokens\",\"total_tokens\":9,\"input_tokens\":5,"
                        + "\"output_tokens\":4,\"input_token_details\":{\"text_tokens\":2,\"audio_tokens\":3}}}");
        assertThat(write(new ServerEvent.InputTranscriptionFailed(
                        "item_1", 0, new ResponseSnapshot.Failure("server_error", null, "Gone."))))
                .isEqualTo("{\"type\":\"conversation.item.input_audio_transcription.failed\","
                        + "\"event_id\":\"event_4\"," + item
                        + ",\"error\":{\"type\":\"server_error\",\"message\":\"Gone.\"}}");
        assertThat(write(new ServerEvent.InputAudioTimeoutTriggered("item_1", 100, 6_100)))
                .isEqualTo("{\"type\":\"input_audio_buffer.timeout_triggered\",\"event_id\":\"event_5\","
                        + "\"audio_start_ms\":100,\"audio_end_ms\":6100,\"item_id\":\"item_1\"}");
        assertThat(write(new ServerEvent.ItemDeleted("item_1")))
                .isEqualTo("{\"type\":\"conversation.item.deleted\",\"event_id\":\"event_6\","
                        + "\"item_id\":\"item_1\"}");
    }

    private static Item spoken(String transcript, int... clipBytes) {
        List<ContentPart> content = new ArrayList<>();
        for (int bytes : clipBytes) {
            content.add(new ContentPart.InputAudio(AudioClip.of(24_000, new byte[bytes]), transcript));
        }
        return new Item.Message("item_1", ItemStatus.COMPLETED, Item.Role.USER, content);
    }

    @Test
    void eventsAreNumbered() {
        assertThat(write(new ServerEvent.InputAudioCleared()))
                .isEqualTo("{\"type\":\"input_audio_buffer.cleared\",\"event_id\":\"event_1\"}");
        assertThat(audio(PART)).contains("\"event_2\"");
        for (int i = 3; i < 1000; i++) {
            assertThat(write(new ServerEvent.InputAudioCleared())).contains("\"event_" + i + "\"");
        }
    }

    @Test
    void inputEvents() {
        assertThat(write(new ServerEvent.SpeechStarted("item_1", 1500)))
                .isEqualTo("{\"type\":\"input_audio_buffer.speech_started\",\"event_id\":\"event_1\","
                        + "\"audio_start_ms\":1500,\"item_id\":\"item_1\"}");
        assertThat(write(new ServerEvent.SpeechStopped("item_1", 2500)))
                .isEqualTo("{\"type\":\"input_audio_buffer.speech_stopped\",\"event_id\":\"event_2\","
                        + "\"audio_end_ms\":2500,\"item_id\":\"item_1\"}");
        assertThat(write(new ServerEvent.InputAudioCommitted("item_1", null)))
                .isEqualTo("{\"type\":\"input_audio_buffer.committed\",\"event_id\":\"event_3\","
                        + "\"previous_item_id\":null,\"item_id\":\"item_1\"}");
        assertThat(write(new ServerEvent.InputAudioCommitted("item_1", "item_0")))
                .contains("\"previous_item_id\":\"item_0\"");
        assertThat(write(new ServerEvent.ItemTruncated("item_2", 0, 1500)))
                .isEqualTo("{\"type\":\"conversation.item.truncated\",\"event_id\":\"event_5\","
                        + "\"item_id\":\"item_2\",\"content_index\":0,\"audio_end_ms\":1500}");
    }

    @Test
    void theTranscriptOfAUsersSpeechIsAlwaysThereButNotItsSound() {
        AudioClip clip = AudioClip.of(24_000, new byte[4]);
        Item item = new Item.Message(
                "item_1",
                ItemStatus.COMPLETED,
                Item.Role.USER,
                List.of(
                        new ContentPart.InputAudio(clip, null),
                        new ContentPart.InputAudio(clip, "hello"),
                        new ContentPart.InputText("hi"),
                        new ContentPart.InputImage("data:image/png;base64,AA==", null)));
        assertThat(write(new ServerEvent.ItemAdded(item, null)))
                .isEqualTo("{\"type\":\"conversation.item.added\",\"event_id\":\"event_1\",\"previous_item_id\":null,"
                        + "\"item\":{\"id\":\"item_1\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"user\","
                        + "\"content\":[{\"type\":\"input_audio\",\"transcript\":null},"
                        + "{\"type\":\"input_audio\",\"transcript\":\"hello\"},"
                        + "{\"type\":\"input_text\",\"text\":\"hi\"},{\"type\":\"input_image\"}]}}");
    }

    @Test
    void assistantPartsOfItemsHaveTheNamesOfGa() {
        Item item = new Item.Message(
                "item_2",
                ItemStatus.INCOMPLETE,
                Item.Role.ASSISTANT,
                List.of(new ContentPart.OutputAudio("heard", null), new ContentPart.OutputText("read")));
        assertThat(write(new ServerEvent.ItemDone(item, "item_1")))
                .isEqualTo("{\"type\":\"conversation.item.done\",\"event_id\":\"event_1\","
                        + "\"previous_item_id\":\"item_1\",\"item\":{\"id\":\"item_2\",\"type\":\"message\","
                        + "\"status\":\"incomplete\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_audio\","
                        + "\"transcript\":\"heard\"},{\"type\":\"output_text\",\"text\":\"read\"}]}}");
    }

    @Test
    void callsLeaveOutWhatIsNotThere() {
        assertThat(write(new ServerEvent.OutputItemAdded(
                        "resp_1", 1, new Item.FunctionCall("item_3", ItemStatus.IN_PROGRESS, "", "f", ""))))
                .isEqualTo("{\"type\":\"response.output_item.added\",\"event_id\":\"event_1\","
                        + "\"response_id\":\"resp_1\",\"output_index\":1,\"item\":{\"id\":\"item_3\","
                        + "\"type\":\"function_call\",\"status\":\"in_progress\",\"name\":\"f\",\"arguments\":\"\"}}");
        assertThat(write(new ServerEvent.OutputItemDone(
                        "resp_1", 1, new Item.FunctionCall("item_3", ItemStatus.COMPLETED, "call_1", "f", "{}"))))
                .contains("\"response.output_item.done\"")
                .contains("\"status\":\"completed\",\"name\":\"f\",\"call_id\":\"call_1\",\"arguments\":\"{}\"}}");
        assertThat(write(new ServerEvent.ItemAdded(
                        new Item.FunctionCallOutput("item_4", ItemStatus.COMPLETED, "call_1", "7"), "item_3")))
                .contains("\"item\":{\"id\":\"item_4\",\"type\":\"function_call_output\",\"status\":\"completed\","
                        + "\"call_id\":\"call_1\",\"output\":\"7\"}}");
    }

    @Test
    void contentPartsKeepTheirOldNames() {
        assertThat(write(new ServerEvent.ContentPartAdded(PART, ServerEvent.PartKind.AUDIO)))
                .isEqualTo("{\"type\":\"response.content_part.added\",\"event_id\":\"event_1\","
                        + "\"response_id\":\"resp_1\",\"item_id\":\"item_2\",\"output_index\":0,\"content_index\":0,"
                        + "\"part\":{\"type\":\"audio\",\"transcript\":\"\"}}");
        assertThat(write(new ServerEvent.ContentPartDone(PART, ServerEvent.PartKind.TEXT, "all")))
                .contains("\"response.content_part.done\"")
                .endsWith("\"part\":{\"type\":\"text\",\"text\":\"all\"}}");
    }

    @Test
    void deltasAndTheirEnds() {
        String part = "\"response_id\":\"resp_1\",\"item_id\":\"item_2\",\"output_index\":0,\"content_index\":0";
        assertThat(write(new ServerEvent.OutputAudioDone(PART)))
                .isEqualTo("{\"type\":\"response.output_audio.done\",\"event_id\":\"event_1\"," + part + "}");
        assertThat(write(new ServerEvent.OutputAudioTranscriptDelta(PART, "a")))
                .isEqualTo("{\"type\":\"response.output_audio_transcript.delta\",\"event_id\":\"event_2\"," + part
                        + ",\"delta\":\"a\"}");
        assertThat(write(new ServerEvent.OutputAudioTranscriptDone(PART, "ab")))
                .isEqualTo("{\"type\":\"response.output_audio_transcript.done\",\"event_id\":\"event_3\"," + part
                        + ",\"transcript\":\"ab\"}");
        assertThat(write(new ServerEvent.OutputTextDelta(PART, "a")))
                .isEqualTo("{\"type\":\"response.output_text.delta\",\"event_id\":\"event_4\"," + part
                        + ",\"delta\":\"a\"}");
        assertThat(write(new ServerEvent.OutputTextDone(PART, "ab")))
                .isEqualTo("{\"type\":\"response.output_text.done\",\"event_id\":\"event_5\"," + part
                        + ",\"text\":\"ab\"}");
        assertThat(write(new ServerEvent.FunctionCallArgumentsDelta("resp_1", "item_3", 1, "call_1", "{")))
                .isEqualTo("{\"type\":\"response.function_call_arguments.delta\",\"event_id\":\"event_6\","
                        + "\"response_id\":\"resp_1\",\"item_id\":\"item_3\",\"output_index\":1,"
                        + "\"call_id\":\"call_1\",\"delta\":\"{\"}");
        assertThat(write(new ServerEvent.FunctionCallArgumentsDone("resp_1", "item_3", 1, "call_1", "f", "{}")))
                .isEqualTo("{\"type\":\"response.function_call_arguments.done\",\"event_id\":\"event_7\","
                        + "\"response_id\":\"resp_1\",\"item_id\":\"item_3\",\"output_index\":1,"
                        + "\"call_id\":\"call_1\",\"name\":\"f\",\"arguments\":\"{}\"}");
    }

    @Test
    void aResponseBeginsWithEveryKey() {
        assertThat(write(new ServerEvent.ResponseCreated(
                        response(ResponseSnapshot.Outcome.IN_PROGRESS, Map.of("k", "v"), null))))
                .isEqualTo("{\"type\":\"response.created\",\"event_id\":\"event_1\",\"response\":{"
                        + "\"object\":\"realtime.response\",\"id\":\"resp_1\",\"status\":\"in_progress\","
                        + "\"status_details\":null,\"output\":[],\"conversation_id\":\"conv_1\","
                        + "\"output_modalities\":[\"audio\"],\"max_output_tokens\":\"inf\",\"audio\":{\"output\":{"
                        + "\"format\":{\"type\":\"audio/pcm\",\"rate\":24000},\"voice\":\"marin\"}},\"usage\":null,"
                        + "\"metadata\":{\"k\":\"v\"}}}");
    }

    @Test
    void aFinishedResponseCountsEveryToken() {
        Usage usage = new Usage(new Usage.Input(132, 119, 13, 0, 64), new Usage.Output(121, 30, 91, 0), 253);
        assertThat(write(new ServerEvent.ResponseDone(response(ResponseSnapshot.Outcome.COMPLETED, Map.of(), usage))))
                .contains("\"status\":\"completed\",\"status_details\":null,")
                .endsWith("\"usage\":{\"total_tokens\":253,\"input_tokens\":132,\"output_tokens\":121,"
                        + "\"input_token_details\":{\"text_tokens\":119,\"audio_tokens\":13,\"image_tokens\":0,"
                        + "\"cached_tokens\":64,\"cached_tokens_details\":{\"text_tokens\":64,\"audio_tokens\":0,"
                        + "\"image_tokens\":0}},\"output_token_details\":{\"text_tokens\":30,\"audio_tokens\":91}},"
                        + "\"metadata\":null}}");
    }

    @Test
    void whatEndedAResponseIsSaid() {
        assertThat(done(new ResponseSnapshot.Outcome(
                        ResponseSnapshot.Status.CANCELLED, ResponseSnapshot.Reason.TURN_DETECTED, null)))
                .contains("\"status\":\"cancelled\",\"status_details\":{\"type\":\"cancelled\","
                        + "\"reason\":\"turn_detected\"},");
        assertThat(done(new ResponseSnapshot.Outcome(
                        ResponseSnapshot.Status.INCOMPLETE, ResponseSnapshot.Reason.MAX_OUTPUT_TOKENS, null)))
                .contains("\"status_details\":{\"type\":\"incomplete\",\"reason\":\"max_output_tokens\"},");
        assertThat(done(new ResponseSnapshot.Outcome(
                        ResponseSnapshot.Status.FAILED,
                        null,
                        new ResponseSnapshot.Failure("server_error", "upstream_unavailable", "Gone."))))
                .contains("\"status_details\":{\"type\":\"failed\",\"error\":{\"type\":\"server_error\","
                        + "\"code\":\"upstream_unavailable\",\"message\":\"Gone.\"}},");
        assertThat(done(new ResponseSnapshot.Outcome(
                        ResponseSnapshot.Status.FAILED,
                        null,
                        new ResponseSnapshot.Failure("server_error", null, "Gone."))))
                .contains("\"error\":{\"type\":\"server_error\",\"message\":\"Gone.\"}},");
    }

    @Test
    void anErrorHasEveryKey() {
        assertThat(write(ServerEvent.ErrorEvent.of(new ClientFault("invalid_value", "No.", null, null))))
                .isEqualTo("{\"type\":\"error\",\"event_id\":\"event_1\",\"error\":{\"type\":\"invalid_request_error\","
                        + "\"code\":\"invalid_value\",\"message\":\"No.\",\"param\":null,\"event_id\":null}}");
        assertThat(write(new ServerEvent.ErrorEvent("server_error", null, "No.", "type", "e1")))
                .endsWith("\"error\":{\"type\":\"server_error\",\"code\":null,\"message\":\"No.\",\"param\":\"type\","
                        + "\"event_id\":\"e1\"}}");
    }

    @Test
    void anyTextHasAnUtf8Form() {
        assertThat(write(new ServerEvent.OutputTextDelta(PART, "é\u2028\uD83D\uDE00 \uD83D \uDE00 \0\"\\")))
                .endsWith("\"delta\":\"é\u2028\\uD83D\\uDE00 \uFFFD \uFFFD \\u0000\\\"\\\\\"}");
        String tail = "x".repeat(7_990) + "\uD83D\uDE00\uD83D";
        assertThat(write(new ServerEvent.OutputTextDelta(PART, tail))).endsWith("x\\uD83D\\uDE00\uFFFD\"}");
    }

    @Test
    void whatIsSpokenIsSpelledAsWhatIsWritten() {
        List<String> letters = List.of(
                "a",
                " ",
                "\"",
                "\\",
                "/",
                "\n",
                "\u0001",
                "\u001f",
                "\u007f",
                "\u0080",
                "é",
                "你",
                "\u2028",
                "\uffff",
                "\uD83D\uDE00",
                "\uD83D",
                "\uDE00",
                "");
        for (Dialect dialect : Dialect.values()) {
            ServerEventWriter spoken = new ServerEventWriter(dialect);
            ServerEventWriter written = new ServerEventWriter(dialect);
            for (int seed = 0; seed < 500; seed++) {
                Random random = new Random(seed);
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(6); i >= 0; i--) text.append(letters.get(random.nextInt(letters.size())));
                PartRef part = new PartRef("resp_" + seed % 3, "item_" + seed % 2, seed % 4, seed % 5);
                String delta = text.toString();
                assertThat(text(spoken.write(new ServerEvent.OutputAudioTranscriptDelta(part, delta), ALLOCATOR)))
                        .isEqualTo(text(written.write(new ServerEvent.OutputTextDelta(part, delta), ALLOCATOR))
                                .replaceFirst("text\\.delta", "audio_transcript.delta"));
            }
        }
    }

    @Test
    void eventsAreNumberedOneAfterTheOther() {
        for (int number = 1; number <= 1_001; number++) {
            String event =
                    number % 2 == 0 ? audio(PART) : write(new ServerEvent.OutputAudioTranscriptDelta(PART, "words"));
            assertThat(event).contains("\"event_id\":\"event_" + number + "\"");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4, 6, 960, 7_680, 32_766, ServerEventWriter.MAX_AUDIO_BYTES})
    void audioIsWrittenFromHeapAndFromDirectMemory(int bytes) {
        byte[] pcm = new byte[bytes];
        new Random(bytes).nextBytes(pcm);
        String expected = "\"response_id\":\"resp_1\",\"item_id\":\"item_2\",\"output_index\":0,\"content_index\":0,"
                + "\"delta\":\"" + Base64.getEncoder().encodeToString(pcm) + "\"}";
        for (ByteBuf buffer : List.of(ALLOCATOR.heapBuffer(), ALLOCATOR.directBuffer())) {
            buffer.writeZero(3).writeBytes(pcm).skipBytes(3);
            String frame = text(writer.writeAudio(PART, buffer, ALLOCATOR));
            assertThat(buffer.readableBytes()).isEqualTo(bytes);
            buffer.release();
            assertThat(frame)
                    .startsWith("{\"type\":\"response.output_audio.delta\",\"event_id\":\"event_")
                    .endsWith(expected)
                    .hasSizeLessThan(100_000);
        }
    }

    @Test
    void audioNamesItsOwnPart() {
        assertThat(audio(PART)).contains("\"item_id\":\"item_2\"");
        assertThat(audio(new PartRef("resp_1", "item_2", 0, 0))).contains("\"item_id\":\"item_2\"");
        assertThat(audio(new PartRef("resp_2", "item_9", 3, 1)))
                .isEqualTo("{\"type\":\"response.output_audio.delta\",\"event_id\":\"event_3\","
                        + "\"response_id\":\"resp_2\",\"item_id\":\"item_9\",\"output_index\":3,\"content_index\":1,"
                        + "\"delta\":\"AAA=\"}");
        assertThat(audio(new PartRef("r", "\"\uD800é", 0, 0))).contains("\"item_id\":\"\\\"\uFFFDé\"");
    }

    @Test
    void aFramesHeaderFindsRoomInFrontOfEveryEvent() {
        ByteBuf pcm = ALLOCATOR.buffer().writeZero(960);
        ByteBuf[] frames = {
            writer.write(new ServerEvent.OutputTextDelta(PART, "words"), ALLOCATOR),
            writer.write(new ServerEvent.OutputTextDelta(PART, "w".repeat(5_000)), ALLOCATOR),
            writer.writeAudio(PART, pcm, ALLOCATOR)
        };
        pcm.release();
        for (ByteBuf frame : frames) {
            assertThat(frame.readerIndex()).isEqualTo(ServerEventWriter.HEAD_ROOM_BYTES);
            String event = frame.toString(StandardCharsets.UTF_8);
            frame.readerIndex(0).setZero(0, ServerEventWriter.HEAD_ROOM_BYTES);
            assertThat(text(frame.skipBytes(ServerEventWriter.HEAD_ROOM_BYTES))).isEqualTo(event);
        }
    }

    private String audio(PartRef part) {
        ByteBuf pcm = ALLOCATOR.buffer().writeZero(2);
        try {
            return text(writer.writeAudio(part, pcm, ALLOCATOR));
        } finally {
            pcm.release();
        }
    }

    private String done(ResponseSnapshot.Outcome outcome) {
        return write(new ServerEvent.ResponseDone(response(outcome, Map.of(), Usage.NONE)));
    }

    private static ResponseSnapshot response(
            ResponseSnapshot.Outcome outcome, Map<String, String> metadata, @Nullable Usage usage) {
        return new ResponseSnapshot(
                new ResponseSnapshot.Identity("resp_1", "conv_1", metadata), outcome, List.of(), SETTINGS, usage);
    }

    private String write(ServerEvent event) {
        return text(writer.write(event, ALLOCATOR));
    }

    private static String text(ByteBuf frame) {
        try {
            return frame.toString(StandardCharsets.UTF_8);
        } finally {
            frame.release();
        }
    }
}
