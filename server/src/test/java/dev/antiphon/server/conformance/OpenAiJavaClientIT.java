package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.Loudness;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.session.TurnObserver;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Conversations of the official Java client, as it is installed, with the embedded model. */
@Exercises({
    "openai-java 4.98.0: typed turn, push-to-talk, detected turn with barge-in and truncation, tool; every frame passes its `validate()`"
})
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenAiJavaClientIT {
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
        assertThat(caller.next().text("session", "model")).isEqualTo("gpt-realtime");
    }

    @AfterEach
    void hangUp() {
        caller.close();
    }

    @Test
    void aTypedQuestionIsAnsweredAloud() {
        caller.write("Who are you?");
        caller.await("conversation.item.done");
        caller.askForResponse();

        SpokenAnswer answer = caller.answer();

        assertThat(answer.status()).isEqualTo("completed");
        assertThat(answer.transcript()).startsWith("I am the twin");
        requireSpeech(answer);
        caller.requireRest();
    }

    @Test
    void pushToTalkIsAnsweredWhenTheClientAsks() {
        caller.configure(Caller.session().audio(Caller.pushToTalk()).build());
        Frame updated = caller.await("session.updated");
        assertThat(updated.at("session", "audio", "input", "turn_detection")).isNull();
        byte[] question = TestSpeech.pcm("What can you hear of this?");

        caller.speak(TestSpeech.frames("What can you hear of this?"));
        caller.commit();
        assertThat(caller.next().type()).isEqualTo("input_audio_buffer.committed");
        assertThat(caller.next().at("item", "content", 0)).isEqualTo(spokenInput());
        assertThat(caller.next().type()).isEqualTo("conversation.item.done");
        caller.askForResponse();

        SpokenAnswer answer = caller.answer();

        assertThat(answer.status()).isEqualTo("completed");
        double seconds = question.length / 48_000.0;
        assertThat(answer.transcript())
                .as("the model heard all of it")
                .contains(String.format(Locale.ROOT, "I heard %.1f seconds of speech", seconds));
        requireSpeech(answer);
        caller.requireRest();
    }

    @Test
    void aDetectedTurnIsAnsweredAndSpokenInto() {
        caller.configure(Caller.session()
                .instructions("speak for 10 seconds")
                .audio(Caller.serverVad(true))
                .build());
        caller.await("session.updated");

        caller.speak(TestSpeech.frames("Please tell me a long story."));
        caller.speak(TestSpeech.silence(800));
        caller.await("input_audio_buffer.speech_started");
        caller.await("input_audio_buffer.speech_stopped");
        SpokenAnswer answer = new SpokenAnswer(caller.await("response.created"));
        while (answer.sound().millis() < 2_500) answer.add(caller.next());

        caller.speak(TestSpeech.frames("Please stop talking now."));
        Frame event = caller.next();
        for (; !event.type().equals("input_audio_buffer.speech_started"); event = caller.next()) answer.add(event);
        while (!answer.add(caller.next())) {}

        assertThat(answer.status()).isEqualTo("cancelled");
        assertThat(answer.done().text("response", "status_details", "reason")).isEqualTo("turn_detected");
        assertThat(answer.sound().millis()).isLessThan(9_000);

        caller.truncate(answer.itemId(), 2_000);
        Frame truncated = caller.await("conversation.item.truncated");
        assertThat(truncated.itemId()).isEqualTo(answer.itemId());
        assertThat(truncated.integer("audio_end_ms")).isEqualTo(2_000);

        theModelKnowsWhatWasHeardOf(answer);
        theNextSpokenTurnIsAnswered();
        assertThat(caller.received().stream().map(Frame::type).filter("input_audio_buffer.speech_started"::equals))
                .as("turns: the question, the interruption, the next question")
                .hasSize(3);
        caller.requireRest();
    }

    private void theModelKnowsWhatWasHeardOf(SpokenAnswer interrupted) {
        caller.configure(
                Caller.session().instructions("").audio(Caller.serverVad(false)).build());
        caller.await("session.updated");
        caller.speak(TestSpeech.silence(800));
        caller.await("input_audio_buffer.speech_stopped");
        caller.write("What did you say?");
        caller.askForResponse();
        SpokenAnswer answer = caller.answer();
        assertThat(answer.status()).isEqualTo("completed");
        assertThat(answer.transcript()).startsWith("I said: ");
        String heard = answer.transcript().substring("I said: ".length()).replaceFirst("\\.$", "");
        assertThat(interrupted.transcript()).startsWith(heard);
        // Two seconds of speech at no more than 20 characters a second; 2.5 s and more were sent, far more was written.
        assertThat(heard).hasSizeBetween(5, 40);
        assertThat(interrupted.transcript()).hasSizeGreaterThan(50);
    }

    private void theNextSpokenTurnIsAnswered() {
        caller.configure(Caller.session().audio(Caller.serverVad(true)).build());
        caller.await("session.updated");
        caller.speak(TestSpeech.frames("And can you still hear me?"));
        caller.speak(TestSpeech.silence(800));
        caller.await("input_audio_buffer.committed");
        SpokenAnswer answer = caller.answer();
        assertThat(answer.status()).isEqualTo("completed");
        assertThat(answer.transcript()).contains("seconds of speech");
        requireSpeech(answer);
    }

    @Test
    void aToolIsCalledAndItsResultSpoken() {
        caller.configure(
                Caller.session().addTool(Caller.tool("get_weather", "city")).build());
        Frame updated = caller.await("session.updated");
        assertThat(updated.at("session", "tools", 0, "name")).isEqualTo("get_weather");

        caller.write("Please call get weather for Paris");
        caller.askForResponse();
        SpokenAnswer asking = caller.answer();

        assertThat(asking.status()).isEqualTo("completed");
        assertThat(asking.done().list("response", "output")).hasSize(1);
        assertThat(asking.done().text("response", "output", 0, "type")).isEqualTo("function_call");
        assertThat(asking.done().text("response", "output", 0, "name")).isEqualTo("get_weather");
        Frame arguments = Frame.parse(asking.done().text("response", "output", 0, "arguments"));
        assertThat(arguments.text("city")).isEqualTo("Paris");
        assertThat(caller.received().stream().map(Frame::type))
                .contains("response.function_call_arguments.delta", "response.function_call_arguments.done");

        caller.report(asking.done().text("response", "output", 0, "call_id"), "{\"sky\":\"clear\"}");
        caller.await("conversation.item.done");
        caller.askForResponse();
        SpokenAnswer telling = caller.answer();

        assertThat(telling.status()).isEqualTo("completed");
        assertThat(telling.transcript()).contains("clear");
        requireSpeech(telling);
        caller.requireRest();
    }

    private static Map<String, @Nullable Object> spokenInput() {
        Map<String, @Nullable Object> part = new HashMap<>();
        part.put("type", "input_audio");
        part.put("transcript", null);
        return part;
    }

    /** As long as the words take, and loud. */
    private static void requireSpeech(SpokenAnswer answer) {
        assertThat(answer.sound().millis())
                .isGreaterThan(answer.transcript().length() * 30L)
                .isLessThan(answer.transcript().length() * 200L);
        assertThat(Loudness.rmsDbfs(Unpooled.wrappedBuffer(answer.sound().toByteArray())))
                .isGreaterThan(-40);
        assertThat(answer.done().integer("response", "usage", "output_token_details", "audio_tokens"))
                .isPositive();
        assertThat(List.of(answer.itemId()))
                .isEqualTo(answer.done().list("response", "output").stream()
                        .map(item -> ((Map<?, ?>) item).get("id"))
                        .toList());
    }
}
