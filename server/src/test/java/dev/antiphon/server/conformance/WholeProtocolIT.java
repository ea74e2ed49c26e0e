package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.G711;
import dev.antiphon.audio.Resampler;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.session.TurnObserver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What conversations need more seldom than turns, with the official Java client. */
@Exercises(
        "openai-java 4.98.0: responses out of band, errors, retrieve, truncate and delete, input transcription, idle "
                + "timeout, G.711")
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WholeProtocolIT {
    private Gateway gateway;
    private Caller caller;

    @BeforeAll
    void start() {
        gateway = Gateway.start(GatewayConfig.embedded(), TurnObserver.NONE);
    }

    @AfterAll
    void stop() {
        gateway.close();
    }

    @BeforeEach
    void connect() {
        caller = Caller.connect(gateway.realtimeUrl(), "gpt-realtime");
        assertThat(caller.next().type()).isEqualTo("session.created");
    }

    @AfterEach
    void hangUp() {
        caller.close();
    }

    @Test
    void responsesOutOfBandRunBesideTheConversationsOwn() {
        caller.write("speak for 6 seconds");
        caller.askForResponse();
        caller.await("response.output_audio.delta");
        for (String topic : List.of("one", "two")) {
            caller.say("{\"type\":\"response.create\",\"response\":{\"conversation\":\"none\",\"input\":[],"
                    + "\"metadata\":{\"topic\":\"" + topic + "\"},\"instructions\":\"say: Beside " + topic + ".\"}}");
        }
        List<Frame> done =
                List.of(caller.await("response.done"), caller.await("response.done"), caller.await("response.done"));

        List<String> said = new ArrayList<>();
        for (Frame each : done) {
            assertThat(each.text("response", "status")).isEqualTo("completed");
            if (each.at("response", "conversation_id") != null) continue;
            said.add(each.text("response", "metadata", "topic") + ": "
                    + each.text("response", "output", 0, "content", 0, "transcript"));
        }
        assertThat(said).containsExactlyInAnyOrder("one: Beside one.", "two: Beside two.");
        caller.write("What did you say?");
        caller.askForResponse();
        assertThat(caller.answer().transcript())
                .as("the conversation does not know of them")
                .doesNotContain("Beside");
        caller.requireRest();
    }

    @Test
    void anErrorIsToldAndTheConversationGoesOn() {
        requireError("{\"type\":\"input_audio_buffer.commit\"}", "input_audio_buffer_commit_empty");
        assertThat(requireError("{\"type\":\"response.cancel\"}", "response_cancel_not_active")
                        .text("error", "message"))
                .startsWith("Cancellation failed");
        String noItem = ",\"item_id\":\"item_nowhere\"";
        requireError("{\"type\":\"conversation.item.retrieve\"" + noItem + "}", "item_retrieve_invalid_item_id");
        requireError("{\"type\":\"conversation.item.delete\"" + noItem + "}", "item_delete_invalid_item_id");
        requireError(
                "{\"type\":\"conversation.item.truncate\",\"content_index\":0,\"audio_end_ms\":1" + noItem + "}",
                "item_truncate_invalid_item_id");
        requireError(
                "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call_output\","
                        + "\"call_id\":\"call_nowhere\",\"output\":\"\"}}",
                "invalid_tool_call_id");

        caller.write("speak for 5 seconds");
        caller.askForResponse();
        caller.await("response.created");
        caller.say("{\"type\":\"response.create\"}");
        caller.say("{\"type\":\"response.cancel\"}");
        assertThat(errorAmongAnswer()).isEqualTo("conversation_already_has_active_response");
        caller.write("say: Still here.");
        caller.askForResponse();
        SpokenAnswer answer = caller.answer();
        assertThat(answer.transcript()).isEqualTo("Still here.");
        caller.say("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":{\"output\":"
                + "{\"voice\":\"ballad\"}}}}");
        Frame refused = caller.nextError();
        assertThat(refused.text("error", "code")).isEqualTo("cannot_update_voice");
        caller.requireRest();
    }

    private Frame requireError(String event, String code) {
        caller.say(event);
        Frame error = caller.nextError();
        assertThat(error.text("error", "code")).isEqualTo(code);
        assertThat(error.text("error", "type")).isEqualTo("invalid_request_error");
        return error;
    }

    /** Reads a response to its end. */
    private String errorAmongAnswer() {
        String code = "";
        for (Frame frame = caller.nextOrError(); !frame.type().equals("response.done"); frame = caller.nextOrError()) {
            if (frame.type().equals("error")) code = frame.text("error", "code");
        }
        return code;
    }

    @Test
    void itemsAreRetrievedTruncatedAndDeleted() {
        caller.write("say: This is what I have to say.");
        caller.askForResponse();
        SpokenAnswer answer = caller.answer();
        caller.truncate(answer.itemId(), 600_000);
        Frame truncated = caller.await("conversation.item.truncated");
        assertThat(truncated.integer("audio_end_ms"))
                .as("clamped to what was said")
                .isBetween(answer.sound().millis() - 1, answer.sound().millis() + 1);

        String itemId = ",\"item_id\":\"" + answer.itemId() + "\"}";
        caller.say("{\"type\":\"conversation.item.retrieve\"" + itemId);
        Frame retrieved = caller.next();
        assertThat(retrieved.type()).isEqualTo("conversation.item.retrieved");
        assertThat(retrieved.text("item", "content", 0, "transcript")).isEqualTo("This is what I have to say.");
        caller.say("{\"type\":\"conversation.item.delete\"" + itemId);
        assertThat(caller.next().type()).isEqualTo("conversation.item.deleted");
        requireError("{\"type\":\"conversation.item.retrieve\"" + itemId, "item_retrieve_invalid_item_id");

        caller.write("What did you say?");
        caller.askForResponse();
        assertThat(caller.answer().transcript()).isEqualTo("I have said nothing before this.");
        caller.requireRest();
    }

    @ParameterizedTest
    @CsvSource({"gpt-4o-mini-transcribe, tokens", "whisper-1, duration"})
    void aUsersSpeechIsWrittenDownBesideTheAnswer(String model, String usage) {
        transcribeWith(model);
        caller.speak(TestSpeech.frames("What can you hear of this?"));
        caller.commit();
        Frame completed = caller.await("conversation.item.input_audio_transcription.completed");

        assertThat(completed.text("transcript")).isEqualTo("What can you hear of this?");
        assertThat(completed.text("usage", "type")).isEqualTo(usage);
        caller.say("{\"type\":\"conversation.item.retrieve\",\"item_id\":\"" + completed.itemId() + "\"}");
        assertThat(caller.next().text("item", "content", 0, "transcript")).isEqualTo("What can you hear of this?");
        caller.requireRest();
    }

    @Test
    @Shows("conversation.item.input_audio_transcription.failed")
    void aTranscriptionThatFailsIsToldAndTheTurnIsAnswered() {
        transcribeWith("fault:500");
        caller.speak(TestSpeech.frames("What can you hear of this?"));
        caller.commit();
        Frame failed = caller.await("conversation.item.input_audio_transcription.failed");
        assertThat(failed.text("error", "type")).isEqualTo("server_error");
        caller.askForResponse();
        assertThat(caller.answer().status()).isEqualTo("completed");
        caller.requireRest();
    }

    private void transcribeWith(String model) {
        caller.say("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":{"
                + "\"turn_detection\":null,\"transcription\":{\"model\":\"" + model + "\"}}}}}");
        caller.await("session.updated");
    }

    @Test
    @Shows("input_audio_buffer.timeout_triggered")
    void silenceAfterAnAnswerBecomesATurn() {
        caller.say("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":{"
                + "\"turn_detection\":{\"type\":\"server_vad\",\"idle_timeout_ms\":5000}}}}}");
        caller.await("session.updated");
        caller.write("say: Yes.");
        caller.askForResponse();
        caller.answer();
        caller.speak(TestSpeech.silence(500));
        Frame triggered = caller.await("input_audio_buffer.timeout_triggered");
        assertThat(caller.await("conversation.item.done").itemId()).isEqualTo(triggered.itemId());
        assertThat(caller.answer().status()).isEqualTo("completed");
        caller.requireRest();
    }

    @ParameterizedTest
    @CsvSource({"audio/pcmu, MULAW", "audio/pcma, ALAW"})
    void aTelephoneSpeaksAndIsSpokenToInG711(String type, AudioFormat.Encoding law) {
        String format = "\"format\":{\"type\":\"" + type + "\"}";
        caller.say("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":{" + format
                + ",\"turn_detection\":null},\"output\":{" + format + "}}}}");
        Frame updated = caller.await("session.updated");
        assertThat(updated.at("session", "audio", "input", "format")).isEqualTo(Map.of("type", type));
        assertThat(updated.at("session", "audio", "output", "format")).isEqualTo(Map.of("type", type));

        byte[] codes = codesOf("What can you hear of this?", law);
        caller.say("{\"type\":\"input_audio_buffer.append\",\"audio\":\""
                + Base64.getEncoder().encodeToString(codes) + "\"}");
        caller.commit();
        caller.askForResponse();
        Frame created = caller.await("response.created");
        assertThat(created.at("response", "audio", "output", "format")).isEqualTo(Map.of("type", type));
        long answeredBytes = 0;
        Frame frame = caller.next();
        for (; !frame.type().equals("response.done"); frame = caller.next()) {
            if (frame.type().equals("response.output_audio.delta")) answeredBytes += frame.audio().length;
        }
        String transcript = frame.text("response", "output", 0, "content", 0, "transcript");
        assertThat(transcript)
                .contains(String.format(Locale.ROOT, "I heard %.1f seconds of speech", codes.length / 8_000.0));
        long answeredMillis = answeredBytes / 8;
        assertThat(answeredMillis).isBetween(transcript.length() * 30L, transcript.length() * 200L);
        caller.requireRest();
    }

    private static byte[] codesOf(String sentence, AudioFormat.Encoding law) {
        AudioClip clip = AudioClip.of(24_000, TestSpeech.pcm(sentence));
        ByteBuf codes = Unpooled.buffer();
        G711.encode(law, Unpooled.wrappedBuffer(Resampler.resample(clip, 8_000).toByteArray()), codes);
        return ByteBufUtil.getBytes(codes);
    }

    @Test
    @Shows({
        "transcription_session.update",
        "session.created",
        "session.updated",
        "transcription_session.created",
        "transcription_session.updated"
    })
    void aSessionMayOnlyWriteDown() throws IOException {
        String intent = "m&intent=transcription";
        try (PlainSocketClient ga = PlainSocketClient.unordered(gateway.realtimeUrl(), intent);
                PlainSocketClient beta =
                        PlainSocketClient.unordered(gateway.realtimeUrl(), intent, "OpenAI-Beta: realtime=v1")) {
            Frame created = ga.next();
            assertThat(created.type()).isEqualTo("session.created");
            assertThat(created.text("session", "type")).isEqualTo("transcription");
            ga.send("{\"type\":\"session.update\",\"session\":{\"type\":\"transcription\",\"audio\":{\"input\":{"
                    + "\"turn_detection\":null,\"transcription\":{\"model\":\"whisper-1\"}}}}}");
            assertThat(ga.next().type()).isEqualTo("session.updated");
            assertThat(beta.next().type()).isEqualTo("transcription_session.created");
            beta.send("{\"type\":\"transcription_session.update\",\"session\":{\"turn_detection\":null,"
                    + "\"input_audio_transcription\":{\"model\":\"whisper-1\"}}}");
            assertThat(beta.next().type()).isEqualTo("transcription_session.updated");
            for (PlainSocketClient client : List.of(ga, beta)) {
                client.append(TestSpeech.pcm("Hello there."));
                client.send("{\"type\":\"input_audio_buffer.commit\"}");
                assertThat(client.await("conversation.item.input_audio_transcription.completed")
                                .text("transcript"))
                        .isEqualTo("Hello there.");
                client.askForResponse();
                assertThat(client.next().type()).isEqualTo("error");
            }
        }
    }
}
