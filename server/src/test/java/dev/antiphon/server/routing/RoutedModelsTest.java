package dev.antiphon.server.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.config.ModelRoute;
import dev.antiphon.server.config.ModelRoute.Speaker;
import dev.antiphon.server.config.ModelRoute.Target;
import dev.antiphon.server.config.Routing;
import dev.antiphon.server.upstream.Models;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.Dialect;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.SpeechRequest;
import dev.antiphon.upstream.TranscriptionListener;
import dev.antiphon.upstream.TranscriptionRequest;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Which server is asked for which name, and what is no chat. */
class RoutedModelsTest {
    private static final Target TO_A = new Target("a", null);
    private static final Target TO_B = new Target("b", "special-b");

    private final ManualLoop time = new ManualLoop();
    private final ScriptedModels a = new ScriptedModels();
    private final ScriptedModels b = new ScriptedModels();
    private final List<String> said = new ArrayList<>();

    private final ModelRoute otherwise = new ModelRoute.Audio(List.of(List.of(TO_A), List.of(new Target("b", null))));
    private final ModelRoute special = new ModelRoute.Audio(List.of(List.of(TO_B)));
    private final ModelRoute cascade = new ModelRoute.Cascade(
            new Target("a", "whisper-1"), new Target("b", "text-b"), new Speaker(new Target("a", "tts-1"), "nova"));
    private final ModelRoute spoken =
            new ModelRoute.Audio(List.of(List.of(TO_B)), new Speaker(new Target("a", "tts-1"), null));

    @Test
    void otherNamesGoToTheDefaultRouteUnderTheServersOwnModel() {
        chat("anything");
        assertThat(a.chat().request.model()).isEqualTo("model-of-a");
        chat("special");
        assertThat(b.chat().request.model()).isEqualTo("special-b");
    }

    @Test
    void aTranscriptionModelKeepsItsNameUnlessItIsMapped() {
        transcribe("whisper-1");
        assertThat(a.transcriptions.get(0).request.model()).isEqualTo("whisper-1");
        transcribe("special");
        assertThat(b.transcriptions.get(0).request.model()).isEqualTo("special-b");
    }

    @Test
    void aTranscriptFailsOverWhileNothingWasHeardOfIt() {
        transcribe("whisper-1");
        a.transcriptions.get(0).out.onFault(TestFaults.status(401, false));
        assertThat(b.transcriptions.get(0).request.model()).isEqualTo("whisper-1");
        b.transcriptions.get(0).out.onDelta("He");
        b.transcriptions.get(0).out.onFault(TestFaults.RESET);
        time.advanceMillis(3_000);
        assertThat(said).containsExactly("delta He", "fault TRUNCATED_0");
        assertThat(a.transcriptions.size() + b.transcriptions.size()).isEqualTo(2);
    }

    @Test
    void aTranscriptThatWasGivenUpSaysNothing() {
        var call = upstreams(otherwise).transcriptionsOn(time.loop()).start(transcription("whisper-1"), new Heard());
        call.cancel();
        assertThat(a.transcriptions.get(0).isCancelled).isTrue();
        a.transcriptions.get(0).out.onDelta("He");
        a.transcriptions.get(0).out.onFault(TestFaults.RESET);
        time.advanceMillis(3_000);
        assertThat(said).isEmpty();
        assertThat(b.transcriptions).isEmpty();
    }

    @Test
    void speechKeepsItsModelsNameAndFailsOverBeforeItsHead() {
        speak("tts-1");
        a.bodies.get(0).out.onFault(TestFaults.TIMEOUT);
        ScriptedModels.Other<?, BodyListener> call = b.bodies.get(0);
        assertThat(b.bodies.get(0).request.model()).isEqualTo("tts-1");
        call.out.onHead("audio/mpeg");
        call.out.onBody(Unpooled.EMPTY_BUFFER);
        call.out.onFault(TestFaults.RESET);
        time.advanceMillis(3_000);
        assertThat(said).containsExactly("head audio/mpeg", "body", "fault TRUNCATED_0");
        assertThat(a.bodies.size() + b.bodies.size()).isEqualTo(2);
    }

    @Test
    void aBodyIsWrittenUnderTheServersNameOfTheModel() {
        speak("special");
        ByteBuf body = Unpooled.buffer();
        var request = b.bodies.get(0).request;
        request.write(request.model(), Dialect.OPENAI, body);
        assertThat(body.toString(StandardCharsets.UTF_8)).contains("\"model\":\"special-b\"");
    }

    /** Builds nothing that answers, and shows what it was given. */
    private static final class ShownEngine implements CascadeEngine {
        final List<CascadeEngine.Speaker> speakers = new ArrayList<>();
        final List<Models> stages = new ArrayList<>();
        final List<String> models = new ArrayList<>();

        @Override
        public UpstreamCalls callsOn(Asker asker, Transcriber transcriber, Models chat, CascadeEngine.Speaker speaker) {
            stages.add(transcriber.models());
            models.add(transcriber.model());
            models.add(speaker.model());
            stages.add(chat);
            speakers.add(speaker);
            return (request, reply) -> {
                throw new UnsupportedOperationException();
            };
        }

        @Override
        public UpstreamCalls spokenOn(
                Asker asker, Function<Consumer<ReplyInlet>, UpstreamCalls> model, CascadeEngine.Speaker speaker) {
            speakers.add(speaker);
            return model.apply(asker.onReadable());
        }
    }

    @Test
    void eachStageOfACascadeAsksItsOwnServer() {
        ShownEngine engine = new ShownEngine();
        UpstreamCalls calls = upstreams(cascade, engine).callsOn(time.loop(), readable -> {});
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> calls.start(request("any"), new SaidReply()))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
        assertThat(engine.speakers).as("one engine a session").hasSize(1);
        assertThat(engine.speakers.get(0).voice()).isEqualTo("nova");
        assertThat(engine.models).as("whose costs are told").containsExactly("whisper-1", "tts-1");
        engine.stages.get(0).transcriptionsOn(time.loop()).start(transcription("x"), new Heard());
        assertThat(a.transcriptions.get(0).request.model()).isEqualTo("whisper-1");
        engine.stages.get(1).callsOn(time.loop(), readable -> {}).start(request("x"), new SaidReply());
        assertThat(b.chat().request.model()).isEqualTo("text-b");
        engine.speakers.get(0).models().bodiesOn(time.loop()).start(speech("x"), new HeardBody());
        assertThat(a.bodies.get(0).request.model()).isEqualTo("tts-1");
    }

    @Test
    void aModelThatSpeaksMayHaveAnotherToSpeakForIt() {
        ShownEngine engine = new ShownEngine();
        upstreams(spoken, engine).callsOn(time.loop(), readable -> {}).start(request("any"), new SaidReply());
        assertThat(b.chat().request.model()).isEqualTo("special-b");
        engine.speakers.get(0).models().bodiesOn(time.loop()).start(speech("x"), new HeardBody());
        assertThat(a.bodies.get(0).request.model()).isEqualTo("tts-1");
    }

    private void chat(String model) {
        upstreams(otherwise).callsOn(time.loop(), readable -> {}).start(request(model), new SaidReply());
    }

    private void transcribe(String model) {
        upstreams(otherwise).transcriptionsOn(time.loop()).start(transcription(model), new Heard());
    }

    private void speak(String model) {
        upstreams(otherwise).bodiesOn(time.loop()).start(speech(model), new HeardBody());
    }

    private Upstreams upstreams(ModelRoute other) {
        return upstreams(other, new StagedEngine());
    }

    private Upstreams upstreams(ModelRoute other, CascadeEngine engine) {
        Routing routing = new Routing(
                List.of(RoutedReplyTest.upstream("a"), RoutedReplyTest.upstream("b")),
                Map.of("special", special),
                other);
        return new Upstreams(routing, RoutedReplyTest.lines(a, b), List.of(), engine, time, new Random(1));
    }

    private static ChatRequest request(String model) {
        return new ChatRequest(
                model,
                List.of(new ChatMessage.SystemMessage("hello")),
                null,
                ChatRequest.Tools.NONE,
                ChatRequest.Sampling.DEFAULT);
    }

    private static SpeechRequest speech(String model) {
        return new SpeechRequest(model, "Hello.", "alloy", null, SpeechRequest.Form.PCM);
    }

    private static TranscriptionRequest transcription(String model) {
        return new TranscriptionRequest(model, AudioClip.of(24_000, new byte[4]), null, null);
    }

    private final class Heard implements TranscriptionListener {
        @Override
        public void onDelta(String delta) {
            said.add("delta " + delta);
        }

        @Override
        public void onCompleted(String transcript, TranscriptionUsage usage) {
            said.add("completed " + transcript);
        }

        @Override
        public void onFault(UpstreamFault fault) {
            said.add("fault " + fault.code());
        }
    }

    private final class HeardBody implements BodyListener {
        @Override
        public void onHead(String contentType) {
            said.add("head " + contentType);
        }

        @Override
        public void onBody(ByteBuf bytes) {
            said.add("body");
        }

        @Override
        public void onCompleted() {
            said.add("completed");
        }

        @Override
        public void onFault(UpstreamFault fault) {
            said.add("fault " + fault.code());
        }

        @Override
        public boolean isFull() {
            return false;
        }
    }
}
