package dev.antiphon.server.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.metrics.Stage;
import dev.antiphon.server.config.ModelRoute;
import dev.antiphon.server.config.ModelRoute.Target;
import dev.antiphon.server.config.Routing;
import dev.antiphon.server.config.Upstream;
import dev.antiphon.server.routing.ScriptedModels.Chat;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One answer out of the attempts of several servers, on a clock turned by hand. */
@ExtendWith(NoBufferLeaks.class)
class RoutedReplyTest {
    private static final int LOUD = 8_000;
    private static final int SILENT = 3;
    private static final int MOST_RETRY_MILLIS = 1_000;

    private final ManualLoop time = new ManualLoop();
    private final ScriptedModels a = new ScriptedModels();
    private final ScriptedModels b = new ScriptedModels();
    private final SaidReply reply = new SaidReply();
    private final Map<String, Line> lines = lines(a, b);
    private final Upstreams upstreams = upstreams(routing("gpt-a", "gpt-b"));
    private final UpstreamCalls calls = upstreams.callsOn(time.loop(), readable -> ((SaidReply) readable).notices++);

    @Test
    void theClientsNameIsMappedToEachServersOwn() {
        start("gpt-realtime");
        assertThat(a.chat().request.model()).isEqualTo("gpt-a");
        a.chat().fail(TestFaults.TIMEOUT);
        assertThat(b.chat().request.model()).isEqualTo("gpt-b");
    }

    @Test
    void aNameNobodyKnowsIsToldAndNobodyIsAsked() {
        start("no-such-model");
        assertThat(reply.take()).isEmpty();
        time.settle();
        assertThat(reply.take()).containsExactly("fault model_not_found");
        assertThat(reply.fault().param()).isEqualTo("model");
        assertThat(reply.notices).isEqualTo(1);
        assertThat(a.chats).isEmpty();

        SaidReply unheard = new SaidReply();
        calls.start(request("no-such-model"), unheard).cancel();
        time.settle();
        assertThat(unheard.take()).isEmpty();
    }

    @Test
    void anAnswerGoesThroughAsItComesAndIsToldOnceARead() {
        start();
        a.chat().read(said -> {
            said.onRole("assistant");
            said.onAudioId("audio_1");
            said.onTranscript("Hello");
        });
        assertThat(reply.take()).containsExactly("role assistant", "id audio_1", "transcript Hello");
        assertThat(reply.notices).isEqualTo(1);
        a.chat().audio(LOUD);
        a.chat().complete();
        assertThat(reply.take()).containsExactly("audio 8000", "completed");
        assertThat(reply.notices).isEqualTo(3);
        assertThat(b.chats).isEmpty();
    }

    @Test
    void nothingIsLeftOfAnAttemptThatSaidNoWord() {
        start();
        a.chat().read(said -> {
            said.onStage(Stage.REQUEST_WRITTEN, 5);
            said.onRateLimits(List.of(new RateLimit("tokens", 9, 1, 1)));
            said.onAudioId("audio_of_a");
        });
        a.chat().read(said -> said.onTick());
        assertThat(reply.notices).isZero();
        a.chat().fail(TestFaults.TIMEOUT);
        assertThat(reply.take()).isEmpty();
        b.chat().read(said -> {
            said.onStage(Stage.REQUEST_WRITTEN, 9);
            said.onAudioId("audio_of_b");
        });
        b.chat().audio(LOUD);
        assertThat(reply.take()).containsExactly("stage REQUEST_WRITTEN", "id audio_of_b", "audio 8000");
    }

    @Test
    void whatTheLastAttemptHeldBackIsToldBeforeItsFault() {
        start();
        a.chat().fail(TestFaults.TIMEOUT);
        b.chat().read(said -> said.onRateLimits(List.of(new RateLimit("tokens", 9, 1, 1))));
        b.chat().fail(TestFaults.status(400, false));
        assertThat(reply.take()).containsExactly("limits 1", "fault REFUSED_400");
        assertThat(reply.notices).isEqualTo(1);
    }

    @Test
    void anAttemptThatTalksAboutItselfWithoutEndIsNotHeldForEver() {
        start();
        for (int i = 0; i < 100; i++) a.chat().read(said -> said.onRole("assistant"));
        assertThat(reply.take()).hasSize(100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"transcript", "audio", "text", "refusal", "tool"})
    void whateverWasHeardForbidsAnotherAttempt(String what) {
        start();
        a.chat().read(said -> {
            switch (what) {
                case "transcript" -> said.onTranscript("Hm");
                case "audio" -> Chat.speak(said, SILENT);
                case "text" -> said.onText("Hm");
                case "refusal" -> said.onRefusal("Hm");
                default -> said.onToolCall(0, "call_1", "f", "{");
            }
        });
        reply.take();
        a.chat().fail(TestFaults.RESET);
        assertThat(reply.take()).containsExactly("fault TRUNCATED_0");
        later();
        assertThat(a.chats).hasSize(1);
        assertThat(b.chats).isEmpty();
    }

    @Test
    void wordsAndAFaultInOneReadAreToldTogether() {
        start();
        a.chat().read(said -> {
            said.onTranscript("Hel");
            said.onFault(TestFaults.RESET);
        });
        assertThat(reply.take()).containsExactly("transcript Hel", "fault TRUNCATED_0");
        assertThat(reply.notices).isEqualTo(1);
    }

    @Test
    void aRetryComesAfterItsPauseAndAtTheSameServer() {
        start();
        a.chat().fail(TestFaults.after(429, 200));
        time.advanceMillis(199);
        assertThat(a.chats).hasSize(1);
        time.advanceMillis(1);
        assertThat(a.chats).hasSize(2);
        a.chat().transcript("Hello");
        assertThat(reply.take()).containsExactly("transcript Hello");
    }

    @Test
    void whoCancelsInThePauseIsNotAnsweredAndNobodyIsAsked() {
        UpstreamCalls.Call call = start();
        a.chat().fail(TestFaults.after(429, 200));
        call.cancel();
        later();
        assertThat(a.chats).hasSize(1);
        assertThat(reply.take()).isEmpty();
        assertThat(reply.notices).isZero();
    }

    @Test
    void cancellingBreaksTheCallOffAndFreesItsProbe() {
        openBreakers();
        time.advanceMillis(5_000);
        UpstreamCalls.Call call = start();
        assertThat(upstreams.health()).containsEntry("a", Upstreams.Health.PROBED);
        call.cancel();
        assertThat(a.chat().isCancelled).isTrue();
        a.chat().transcript("too late");
        assertThat(reply.take()).isEmpty();
        start();
        assertThat(a.chats).hasSize(2);
        a.chat().transcript("Hello");
        assertThat(upstreams.health())
                .containsEntry("a", Upstreams.Health.UP)
                .containsEntry("b", Upstreams.Health.DOWN);
    }

    @Test
    void whereAllBreakersAreOpenItIsSaidAtOnceButNotFromInside() {
        openBreakers();
        start();
        assertThat(reply.take()).isEmpty();
        time.settle();
        assertThat(reply.take()).containsExactly("fault upstream_unavailable");
        assertThat(reply.notices).isEqualTo(1);
        assertThat(a.chats).isEmpty();
    }

    @Test
    void aServerThatCannotBeAskedLaterIsAFault() {
        b.refusesToWrite = true;
        start();
        a.chat().fail(TestFaults.TIMEOUT);
        assertThat(reply.take()).containsExactly("fault upstream_invalid");

        a.refusesToWrite = true;
        assertThatThrownBy(() -> start()).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsAreResumedWhereTheAnswerComesFrom() {
        UpstreamCalls.Call call = start();
        a.chat().fail(TestFaults.TIMEOUT);
        call.resumeReads();
        assertThat(b.chat().isResumed).isTrue();
        assertThat(a.chat().isResumed).isFalse();
    }

    // ---- the first sound

    @Test
    void aModelThatMakesNoSoundInTimeIsPassedOver() {
        start();
        a.chat().read(said -> said.onTick());
        time.advanceMillis(9_999);
        a.chat().read(said -> said.onTick());
        assertThat(b.chats).isEmpty();
        time.advanceMillis(1);
        assertThat(a.chat().isCancelled).isTrue();
        b.chat().audio(LOUD);
        a.chat().audio(LOUD + 1);
        b.chat().complete();
        assertThat(reply.take()).containsExactly("audio 8000", "completed");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void wordsAheadOfTheSoundAndSilenceDoNotCount(boolean isSilence) {
        start();
        if (isSilence) a.chat().audio(SILENT);
        else a.chat().transcript("Hel");
        reply.take();
        time.advanceMillis(10_000);
        assertThat(a.chat().isCancelled).isTrue();
        assertThat(reply.take()).containsExactly("fault upstream_timeout");
        assertThat(b.chats).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sound", "text", "tool", "completed"})
    void whatIsAnAnswerEndsTheWait(String what) {
        start();
        a.chat().read(said -> {
            switch (what) {
                case "sound" -> Chat.speak(said, LOUD);
                case "text" -> said.onText("In writing.");
                case "tool" -> said.onToolCall(0, "call_1", "f", "{}");
                default -> said.onCompleted();
            }
        });
        reply.take();
        time.advanceMillis(60_000);
        assertThat(reply.take()).isEmpty();
        assertThat(a.chat().isCancelled).isFalse();
    }

    @Test
    void whoAskedForTextWaitsForNoSound() {
        calls.start(request("gpt-realtime").withSpeech(null), reply);
        time.advanceMillis(60_000);
        assertThat(a.chat().isCancelled).isFalse();
        assertThat(reply.take()).isEmpty();
    }

    @Test
    void eachAttemptHasItsOwnTime() {
        start();
        time.advanceMillis(9_000);
        a.chat().fail(TestFaults.TIMEOUT);
        time.advanceMillis(9_000);
        assertThat(b.chat().isCancelled).isFalse();
        time.advanceMillis(1_000);
        assertThat(b.chat().isCancelled).isTrue();
    }

    // ---- memory

    @Test
    void aServerIsToldInWordsWhatAnotherHasSaid() {
        start();
        a.chat().read(said -> {
            said.onAudioId("audio_a");
            said.onTranscript("Hello");
            said.onCompleted();
        });
        ChatRequest next = request("gpt-realtime")
                .withMessages(List.of(
                        new SystemMessage("Be brief."),
                        new AssistantMessage("Hello", "audio_a", List.of()),
                        new AssistantMessage("Before", "audio_unknown", List.of())));
        calls.start(next, reply);
        assertThat(a.chat().request.messages()).isEqualTo(next.messages());
        a.chat().fail(TestFaults.TIMEOUT);
        assertThat(b.chat().request.messages())
                .containsExactly(
                        new SystemMessage("Be brief."),
                        SystemMessage.ANSWER_ALOUD,
                        new AssistantMessage("Hello", null, List.of()),
                        new AssistantMessage("Before", null, List.of()));
        b.chat().read(said -> {
            said.onAudioId("audio_b");
            said.onTranscript("Yes");
            said.onCompleted();
        });

        time.advanceMillis(31_000);
        List<ChatMessage> both = List.of(
                new AssistantMessage("Hello", "audio_a", List.of()), new AssistantMessage("Yes", "audio_b", List.of()));
        calls.start(request("gpt-realtime").withMessages(both), reply);
        assertThat(a.chat().request.messages())
                .containsExactly(SystemMessage.ANSWER_ALOUD, both.get(0), new AssistantMessage("Yes", null, List.of()));
    }

    @Test
    void anAnswerWithoutWordsIsLeftOut() {
        ChatRequest next = request("gpt-realtime")
                .withMessages(List.of(
                        new AssistantMessage(null, "audio_a", List.of()),
                        new ChatMessage.UserMessage(List.of(new ChatMessage.TextPart("And?")))));
        calls.start(next, reply);
        a.chat().fail(TestFaults.TIMEOUT);
        assertThat(b.chat().request.messages())
                .containsExactly(SystemMessage.ANSWER_ALOUD, next.messages().get(1));
    }

    // ---- at random

    /** Whatever servers do, a turn has one last word, and what is heard of it is one server's. */
    @Test
    void anyFaultsLeaveOneLastWordAndOneVoice() {
        Random random = new Random(20260919);
        List<UpstreamFault> faults = new ArrayList<>();
        AttemptsTest.faults()
                .forEach(arguments -> faults.add((UpstreamFault) arguments.get()[0]));
        int answered = 0;
        int failedOver = 0;
        for (int turn = 0; turn < 3_000; turn++) {
            SaidReply said = new SaidReply();
            int before = a.chats.size() + b.chats.size();
            UpstreamCalls.Call call = calls.start(request("gpt-realtime"), said);
            boolean isCancelled = false;
            for (int step = 0; step < 60 && !isOver(said) && !isCancelled; step++) {
                time.advanceMillis(random.nextInt(2_500));
                if (random.nextInt(60) == 0) {
                    call.cancel();
                    isCancelled = true;
                    said.take();
                }
                // Even those that were given up go on talking.
                if (!a.chats.isEmpty() && random.nextBoolean()) say(a.chat(), 1, faults, random);
                if (!b.chats.isEmpty() && random.nextBoolean()) say(b.chat(), 2, faults, random);
            }
            time.advanceMillis(200_000);
            if (isCancelled) {
                assertThat(said.said).isEmpty();
                continue;
            }
            assertThat(said.said.stream().filter(RoutedReplyTest::isLastWord)).hasSize(1);
            assertThat(isOver(said))
                    .as("the last word comes last: " + said.said)
                    .isTrue();
            assertThat(said.said.stream()
                            .filter(line -> line.startsWith("transcript "))
                            .distinct())
                    .hasSizeLessThanOrEqualTo(1);
            if (said.said.contains("completed")) answered++;
            if (a.chats.size() + b.chats.size() - before > 1) failedOver++;
        }
        assertThat(answered).isGreaterThan(200);
        assertThat(failedOver).isGreaterThan(200);
    }

    private static void say(Chat chat, int voice, List<UpstreamFault> faults, Random random) {
        switch (random.nextInt(6)) {
            case 0, 1 -> chat.fail(faults.get(random.nextInt(faults.size())));
            case 2 -> chat.read(said -> said.onAudioId("audio_" + voice));
            case 3 -> chat.read(said -> said.onTick());
            case 4 -> chat.transcript("of " + voice);
            default -> chat.complete();
        }
    }

    private static boolean isOver(SaidReply said) {
        return !said.said.isEmpty() && isLastWord(said.said.get(said.said.size() - 1));
    }

    private static boolean isLastWord(String line) {
        return line.equals("completed") || line.startsWith("fault ");
    }

    // ---- the scene

    private UpstreamCalls.Call start() {
        return start("gpt-realtime");
    }

    private UpstreamCalls.Call start(String model) {
        return calls.start(request(model), reply);
    }

    /** Beyond any pause. */
    private void later() {
        time.advanceMillis(2 * MOST_RETRY_MILLIS);
    }

    private void openBreakers() {
        for (Line line : lines.values()) {
            for (int i = 0; i < 5; i++) {
                line.breaker().onFailure(line.breaker().enter(time.nanoTime()), time.nanoTime());
            }
        }
    }

    private static ChatRequest request(String model) {
        return new ChatRequest(
                model,
                List.of(new ChatMessage.UserMessage(List.of(new ChatMessage.TextPart("hello")))),
                new ChatRequest.Speech("alloy"),
                ChatRequest.Tools.NONE,
                ChatRequest.Sampling.DEFAULT);
    }

    static Map<String, Line> lines(ScriptedModels a, ScriptedModels b) {
        Map<String, Line> lines = new LinkedHashMap<>();
        lines.put("a", new Line(upstream("a"), a));
        lines.put("b", new Line(upstream("b"), b));
        return lines;
    }

    static Upstream upstream(String name) {
        return Upstream.of(name, new Upstream.Server.Embedded(TwinSettings.defaults()), "model-of-" + name);
    }

    /** {@code a}, then {@code b}, for one name. */
    private static Routing routing(String modelOfA, String modelOfB) {
        return new Routing(
                List.of(upstream("a"), upstream("b")),
                Map.of(
                        "gpt-realtime",
                        new ModelRoute.Audio(
                                List.of(List.of(new Target("a", modelOfA)), List.of(new Target("b", modelOfB))))),
                null);
    }

    private Upstreams upstreams(Routing routing) {
        return new Upstreams(routing, lines, List.of(), new StagedEngine(), time, new Random(1));
    }
}
