package dev.antiphon.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.testing.JsonTree;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The server events of the beta: their golden forms, and what OpenAI's own server once sent, written again. */
@ExtendWith(NoBufferLeaks.class)
class BetaServerEventsTest {
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;
    private static final SessionSettings SETTINGS = SessionSettings.defaults("gpt-realtime", "sage");
    private static final PartRef PART = new PartRef("resp_1", "item_2", 0, 0);

    private final ServerEventWriter writer = new ServerEventWriter(Dialect.BETA);

    @Test
    void theSessionIsFlat() {
        assertThat(write(new ServerEvent.SessionCreated("sess_1", 1739287438, SETTINGS.withInstructions("Be kind."))))
                .isEqualTo("{\"type\":\"session.created\",\"event_id\":\"event_1\",\"session\":{\"id\":\"sess_1\","
                        + "\"object\":\"realtime.session\",\"expires_at\":1739287438,\"client_secret\":null,"
                        + "\"input_audio_format\":\"pcm16\",\"input_audio_transcription\":null,"
                        + "\"input_audio_noise_reduction\":null,\"turn_detection\":{\"type\":\"server_vad\","
                        + "\"threshold\":0.5,\"prefix_padding_ms\":300,\"silence_duration_ms\":500,"
                        + "\"idle_timeout_ms\":null,\"create_response\":true,\"interrupt_response\":true},"
                        + "\"model\":\"gpt-realtime\",\"instructions\":\"Be kind.\","
                        + "\"modalities\":[\"audio\",\"text\"],\"voice\":\"sage\",\"output_audio_format\":\"pcm16\","
                        + "\"speed\":1,\"tools\":[],\"tool_choice\":\"auto\",\"max_response_output_tokens\":\"inf\","
                        + "\"tracing\":null,\"prompt\":null,\"include\":null}}");
    }

    @Test
    void theSessionEchoesWhatIsInForce() {
        SessionSettings settings = SETTINGS.withInput(new SessionSettings.Input(
                        AudioFormat.MULAW_8KHZ,
                        null,
                        new SessionSettings.Transcription("whisper-1", "en", null),
                        "near_field"))
                .withOutput(new SessionSettings.Output(Modality.TEXT, AudioFormat.ALAW_8KHZ, "ash", 1.5))
                .withGeneration(new SessionSettings.Generation(7, 0.6));
        assertThat(write(new ServerEvent.SessionUpdated("sess_1", 7, settings)))
                .startsWith("{\"type\":\"session.updated\",")
                .contains("\"input_audio_format\":\"g711_ulaw\",\"input_audio_transcription\":{\"model\":\"whisper-1\","
                        + "\"language\":\"en\"},\"input_audio_noise_reduction\":{\"type\":\"near_field\"},"
                        + "\"turn_detection\":null,")
                .contains("\"modalities\":[\"text\"],\"voice\":\"ash\",\"output_audio_format\":\"g711_alaw\","
                        + "\"temperature\":0.6,\"speed\":1.5,")
                .contains("\"max_response_output_tokens\":7,");
    }

    @Test
    void aTranscriptionSessionHasEventsOfItsOwn() {
        SessionSettings settings = SETTINGS.withOutput(
                        new SessionSettings.Output(Modality.NONE, AudioFormat.PCM16_24KHZ, "sage", 1))
                .withInput(new SessionSettings.Input(
                        AudioFormat.PCM16_24KHZ,
                        null,
                        new SessionSettings.Transcription("gpt-4o-transcribe", null, "names"),
                        null));
        assertThat(write(new ServerEvent.SessionCreated("sess_1", 7, settings)))
                .isEqualTo("{\"type\":\"transcription_session.created\",\"event_id\":\"event_1\",\"session\":{"
                        + "\"id\":\"sess_1\",\"object\":\"realtime.transcription_session\",\"expires_at\":7,"
                        + "\"client_secret\":null,\"input_audio_format\":\"pcm16\",\"input_audio_transcription\":{"
                        + "\"model\":\"gpt-4o-transcribe\",\"prompt\":\"names\"},"
                        + "\"input_audio_noise_reduction\":null,\"turn_detection\":null,\"include\":null}}");
        assertThat(write(new ServerEvent.SessionUpdated("sess_1", 7, settings)))
                .startsWith("{\"type\":\"transcription_session.updated\",");
    }

    @Test
    void anItemIsCreatedOnceAndItsEndIsNotSaid() {
        Item item = new Item.Message(
                "item_2",
                ItemStatus.COMPLETED,
                Item.Role.ASSISTANT,
                List.of(new ContentPart.OutputAudio("heard", null), new ContentPart.OutputText("read")));
        String json = "\"item\":{\"id\":\"item_2\",\"object\":\"realtime.item\",\"type\":\"message\","
                + "\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":\"audio\","
                + "\"transcript\":\"heard\"},{\"type\":\"text\",\"text\":\"read\"}]}}";
        assertThat(write(new ServerEvent.ItemAdded(item, "item_1")))
                .isEqualTo("{\"type\":\"conversation.item.created\",\"event_id\":\"event_1\","
                        + "\"previous_item_id\":\"item_1\"," + json);
        ServerEvent done = new ServerEvent.ItemDone(item, "item_1");
        assertThat(writer.hasWordFor(done)).isFalse();
        assertThatThrownBy(() -> writer.write(done, ALLOCATOR)).isInstanceOf(IllegalArgumentException.class);
        assertThat(new ServerEventWriter(Dialect.GA).hasWordFor(done)).isTrue();
        // The event that was none has no number either.
        assertThat(write(new ServerEvent.OutputItemDone("resp_1", 0, item)))
                .isEqualTo("{\"type\":\"response.output_item.done\",\"event_id\":\"event_2\","
                        + "\"response_id\":\"resp_1\",\"output_index\":0," + json);
    }

    @Test
    void theAnswerHasTheNamesOfTheBeta() {
        String part = "\"response_id\":\"resp_1\",\"item_id\":\"item_2\",\"output_index\":0,\"content_index\":0";
        assertThat(write(new ServerEvent.OutputAudioTranscriptDelta(PART, "a")))
                .isEqualTo("{\"type\":\"response.audio_transcript.delta\",\"event_id\":\"event_1\"," + part
                        + ",\"delta\":\"a\"}");
        assertThat(write(new ServerEvent.OutputAudioTranscriptDone(PART, "ab")))
                .startsWith("{\"type\":\"response.audio_transcript.done\",");
        assertThat(write(new ServerEvent.OutputAudioDone(PART))).startsWith("{\"type\":\"response.audio.done\",");
        assertThat(write(new ServerEvent.OutputTextDelta(PART, "a"))).startsWith("{\"type\":\"response.text.delta\",");
        assertThat(write(new ServerEvent.OutputTextDone(PART, "a"))).startsWith("{\"type\":\"response.text.done\",");
        assertThat(write(new ServerEvent.ContentPartAdded(PART, ServerEvent.PartKind.AUDIO)))
                .endsWith("\"part\":{\"type\":\"audio\",\"transcript\":\"\"}}");
        ByteBuf audio = ALLOCATOR.buffer().writeBytes(new byte[] {1, 2, 3});
        try {
            assertThat(text(writer.writeAudio(PART, audio, ALLOCATOR)))
                    .isEqualTo("{\"type\":\"response.audio.delta\",\"event_id\":\"event_7\"," + part
                            + ",\"delta\":\"AQID\"}");
        } finally {
            audio.release();
        }
    }

    @Test
    void aResponseIsFlat() {
        SessionSettings settings = SETTINGS.withGeneration(new SessionSettings.Generation(null, 0.8));
        assertThat(write(new ServerEvent.ResponseCreated(new ResponseSnapshot(
                        new ResponseSnapshot.Identity("resp_1", "conv_1", Map.of()),
                        ResponseSnapshot.Outcome.IN_PROGRESS,
                        List.of(),
                        settings,
                        null))))
                .isEqualTo("{\"type\":\"response.created\",\"event_id\":\"event_1\",\"response\":{"
                        + "\"object\":\"realtime.response\",\"id\":\"resp_1\",\"status\":\"in_progress\","
                        + "\"status_details\":null,\"output\":[],\"conversation_id\":\"conv_1\","
                        + "\"modalities\":[\"audio\",\"text\"],\"voice\":\"sage\",\"output_audio_format\":\"pcm16\","
                        + "\"temperature\":0.8,\"max_output_tokens\":\"inf\",\"usage\":null,\"metadata\":null}}");
    }

    @Test
    void aWriterMayTurnToTheBeta() {
        ServerEventWriter turning = new ServerEventWriter(Dialect.GA);
        assertThat(text(turning.write(new ServerEvent.OutputTextDelta(PART, "a"), ALLOCATOR)))
                .contains("response.output_text.delta", "event_1");
        turning.speak(Dialect.BETA);
        assertThat(text(turning.write(new ServerEvent.OutputTextDelta(PART, "a"), ALLOCATOR)))
                .contains("response.text.delta", "event_2");
    }

    /**
     * Every event of a recorded session is put into the terms of the session and written; the result must have the
     * recorded type, and every recorded value that is not null.
     */
    @Test
    void aRecordedSessionIsWrittenAsItWas() throws IOException {
        List<String> lines = Files.readAllLines(
                SharedFiles.require("fixtures/realtime-examples/recorded/beta-webrtc-server-vad-2025-02.server.jsonl"));
        List<String> types = new ArrayList<>();
        for (String line : lines) {
            Map<String, @Nullable Object> recorded = JsonTree.object(line.getBytes(StandardCharsets.UTF_8));
            String type = (String) Objects.requireNonNull(recorded.get("type"));
            // WebRTC's own; a socket has no such buffer.
            if (type.startsWith("output_audio_buffer.")) continue;
            List<String> written = new ArrayList<>();
            for (ServerEvent event : RecordedBeta.asToldBySession(recorded)) {
                if (writer.hasWordFor(event)) written.add(write(event));
            }
            assertThat(written).as(line).hasSize(1);
            Map<String, @Nullable Object> frame = JsonTree.object(written.get(0).getBytes(StandardCharsets.UTF_8));
            assertSays(frame, recorded, "");
            types.add(type);
        }
        assertThat(types).hasSizeGreaterThan(80);
        Map<String, Integer> counted = new TreeMap<>();
        types.forEach(type -> counted.merge(type, 1, Integer::sum));
        assertThat(counted.keySet())
                .contains("conversation.item.created", "response.audio_transcript.delta", "rate_limits.updated")
                .doesNotContain("conversation.item.added", "conversation.item.done");
    }

    // Numbers that are a server's own, and of what kind cached tokens were: chat completions do not say.
    private static final Set<String> OF_ITS_OWN = Set.of(
            ".event_id",
            ".response.usage.input_token_details.cached_tokens_details.text_tokens",
            ".response.usage.input_token_details.cached_tokens_details.audio_tokens");

    /** {@code frame} has all that {@code recorded} has; a null may be a missing key, for it came through an SDK. */
    private static void assertSays(@Nullable Object frame, @Nullable Object recorded, String path) {
        if (recorded == null || OF_ITS_OWN.contains(path)) return;
        if (recorded instanceof Map<?, ?> object) {
            assertThat(frame).as(path).isInstanceOf(Map.class);
            object.forEach((key, value) -> assertSays(JsonTree.at(frame, key), value, path + "." + key));
        } else if (recorded instanceof List<?> list) {
            assertThat(frame).as(path).isInstanceOf(List.class);
            assertThat((List<?>) frame).as(path).hasSameSizeAs(list);
            for (int i = 0; i < list.size(); i++) assertSays(JsonTree.at(frame, i), list.get(i), path + "[]");
        } else {
            assertThat(frame).as(path).isEqualTo(recorded);
        }
    }

    @Test
    void rateLimitsAreTheSameInBoth() {
        ServerEvent event =
                new ServerEvent.RateLimitsUpdated(List.of(new RateLimit("tokens", 15_000_000, 14_995_388, 0.018)));
        String written = write(event);
        assertThat(written)
                .isEqualTo("{\"type\":\"rate_limits.updated\",\"event_id\":\"event_1\",\"rate_limits\":[{"
                        + "\"name\":\"tokens\",\"limit\":15000000,\"remaining\":14995388,\"reset_seconds\":0.018}]}");
        assertThat(text(new ServerEventWriter(Dialect.GA).write(event, ALLOCATOR)))
                .isEqualTo(written);
    }

    @Test
    void aCancelledResponseCountsNothingInEveryPlace() {
        assertThat(write(new ServerEvent.ResponseDone(new ResponseSnapshot(
                        new ResponseSnapshot.Identity("resp_1", null, Map.of()),
                        new ResponseSnapshot.Outcome(
                                ResponseSnapshot.Status.CANCELLED, ResponseSnapshot.Reason.TURN_DETECTED, null),
                        List.of(),
                        SETTINGS,
                        Usage.NONE))))
                .contains("\"conversation_id\":null", "\"reason\":\"turn_detected\"", "\"total_tokens\":0");
    }

    @Test
    void aRetrievedItemBringsItsSoundInBothDialects() {
        Item item = new Item.Message(
                "item_1",
                ItemStatus.COMPLETED,
                Item.Role.USER,
                List.of(new ContentPart.InputAudio(AudioClip.of(24_000, new byte[] {1, 0, 2, 0}), "hm")));
        assertThat(write(new ServerEvent.ItemRetrieved(item)))
                .isEqualTo("{\"type\":\"conversation.item.retrieved\",\"event_id\":\"event_1\",\"item\":{"
                        + "\"id\":\"item_1\",\"object\":\"realtime.item\",\"type\":\"message\","
                        + "\"status\":\"completed\",\"role\":\"user\",\"content\":[{\"type\":\"input_audio\","
                        + "\"transcript\":\"hm\",\"audio\":\"AQACAA==\"}]}}");
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
