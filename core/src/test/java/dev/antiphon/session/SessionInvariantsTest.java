package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.session.ClientCommand.InputAudioClear;
import dev.antiphon.session.ClientCommand.InputAudioCommit;
import dev.antiphon.session.ClientCommand.ItemDelete;
import dev.antiphon.session.ClientCommand.ItemRetrieve;
import dev.antiphon.session.ClientCommand.ItemTruncate;
import dev.antiphon.session.ClientCommand.ResponseCancel;
import dev.antiphon.session.ClientCommand.ResponseCreate;
import dev.antiphon.session.ClientCommand.SessionUpdate;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random walks: whatever comes in whatever order, these things stay true. */
@ExtendWith(NoBufferLeaks.class)
class SessionInvariantsTest {
    private static final int STEPS = 4_000;
    /** The nightly profile walks from 250 seeds, a million steps; a seed that failed is walked again by its number. */
    private static final int SEEDS = Integer.getInteger("antiphon.walk.seeds", 8);

    private static final long FIRST_SEED = Long.getLong("antiphon.walk.first", 1);

    private static final UpstreamFault FAULT =
            new UpstreamFault(UpstreamFault.Kind.TRUNCATED, 200, "server_error", null, null, "cut", false);
    private static final UpstreamFault FORGOTTEN = new UpstreamFault(
            UpstreamFault.Kind.REFUSED,
            400,
            "invalid_request_error",
            "audio_not_found",
            "messages[0].audio.id",
            "Assistant audio audio_1 not found.",
            false);

    static LongStream seeds() {
        return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void holdOverARandomWalk(long seed) {
        List<ServerEvent> once = walk(seed);
        checkLifecycles(once);
        assertThat(walk(seed)).as("the same calls give the same events").isEqualTo(once);
    }

    private static List<ServerEvent> walk(long seed) {
        Random random = new Random(seed);
        SessionHarness h = new SessionHarness().open();
        for (int i = 0; i < STEPS; i++) step(h, random);
        h.writable = true;
        h.close();
        for (SessionHarness.FakeCall call : h.calls) checkRequest(call);
        assertThat(h.calls.stream().filter(call -> call.cancels == 0))
                .as("each call is ended")
                .isEmpty();
        return h.events;
    }

    private static void step(SessionHarness h, Random random) {
        h.advanceMillis(random.nextInt(200));
        switch (random.nextInt(24)) {
            case 0 -> h.ask();
            case 1 -> h.startSpeaking();
            case 2 -> h.speakTurn();
            case 3 -> h.type("Words " + random.nextInt(100));
            case 4 -> h.command(new ResponseCancel(null, null));
            case 5 -> h.command(new InputAudioCommit(null));
            case 6 -> h.command(new InputAudioClear(null));
            case 7 -> h.command(new ItemTruncate(null, anyItem(h, random), 0, random.nextInt(3000)));
            case 8 -> h.command(new SessionUpdate(null, anySettings(random)));
            case 9 -> h.writable = !h.writable;
            case 10 -> h.session.onClientWritable(h.now);
            case 11 -> answerACall(h);
            case 12 -> h.hearMillis(random.nextInt(500));
            case 13 -> h.command(new ResponseCreate(null, h.session.settings(), Map.of(), anyContext(h, random)));
            case 14 -> h.command(new ItemDelete(null, anyItem(h, random)));
            case 15 -> h.command(new ItemRetrieve(null, anyItem(h, random)));
            case 16 -> h.fireTimers();
            case 17 -> transcribe(h, random);
            default -> reply(h, random);
        }
    }

    private static void reply(SessionHarness h, Random random) {
        if (h.calls.isEmpty()) return;
        SessionHarness.FakeCall call = h.calls.get(Math.max(0, h.calls.size() - 1 - random.nextInt(2)));
        switch (random.nextInt(9)) {
            case 0, 1 -> call.speak(1 + random.nextInt(400));
            case 2 -> call.reply.onAudioId("audio_" + random.nextInt(3));
            case 3, 4 -> call.reply.onTranscript(" word" + random.nextInt(10));
            case 5 -> call.reply.onText(" text");
            case 6 -> call.reply.onToolCall(random.nextInt(2), "call_" + h.calls.size(), "add", "{}");
            case 7 -> {
                if (random.nextBoolean()) call.reply.onFinish(FinishReason.STOP);
                call.reply.onCompleted();
            }
            default -> call.reply.onFault(random.nextBoolean() ? FAULT : FORGOTTEN);
        }
        h.session.onReplyReadable(h.now);
    }

    private static ResponseContext anyContext(SessionHarness h, Random random) {
        List<ResponseContext.InputItem> input = switch (random.nextInt(3)) {
            case 0 -> List.of();
            case 1 ->
                List.of(
                        new ResponseContext.NewItem(SessionHarness.userText("", "Aside.")),
                        new ResponseContext.ItemReference(anyItem(h, random)));
            default -> null;
        };
        return new ResponseContext(random.nextInt(3) > 0, input);
    }

    private static void transcribe(SessionHarness h, Random random) {
        for (SessionHarness.FakeTranscription each : h.transcriptions) {
            if (each.isOver || each.cancels > 0 || random.nextBoolean()) continue;
            each.listener.onDelta("some");
            if (random.nextBoolean()) continue;
            each.isOver = true;
            if (random.nextBoolean()) each.listener.onCompleted("something", new TranscriptionUsage.Duration(1));
            else each.listener.onFault(FAULT);
        }
    }

    private static String anyItem(SessionHarness h, Random random) {
        List<String> ids = new ArrayList<>(List.of("item_none"));
        for (ServerEvent event : h.events) {
            if (event instanceof ServerEvent.ItemAdded added)
                ids.add(added.item().id());
        }
        return ids.get(ids.size() - 1 - random.nextInt(Math.min(ids.size(), 5)));
    }

    private static SessionSettings anySettings(Random random) {
        return switch (random.nextInt(5)) {
            case 3 -> SessionHarness.impatient(5_000);
            case 0 -> SessionHarness.transcribed(SessionHarness.withVad(true, false));
            case 1 -> SessionHarness.inText();
            case 2 -> SessionHarness.pushToTalk();
            default -> SessionHarness.withVad(true, true);
        };
    }

    private static void answerACall(SessionHarness h) {
        for (ServerEvent event : h.events) {
            if (!(event instanceof ServerEvent.FunctionCallArgumentsDone done)) continue;
            h.command(new ClientCommand.ItemCreate(
                    null, new Item.FunctionCallOutput("", ItemStatus.COMPLETED, done.callId(), "5"), null));
            return;
        }
    }

    /**
     * Each response is created once and done once, the conversation's one at a time; each item and part is opened and
     * closed inside its response, and nothing of a response comes after it.
     */
    private static void checkLifecycles(List<ServerEvent> events) {
        Map<String, Set<String>> openByResponse = new HashMap<>();
        Set<String> created = new HashSet<>();
        Map<String, Integer> addedAndDone = new HashMap<>();
        String own = null;
        for (ServerEvent event : events) {
            if (event instanceof ServerEvent.ResponseCreated e) {
                ResponseSnapshot.Identity identity = e.response().identity();
                assertThat(created.add(identity.responseId()))
                        .as("created once")
                        .isTrue();
                openByResponse.put(identity.responseId(), new HashSet<>());
                if (identity.conversationId() == null) continue;
                assertThat(own).as("one response of the conversation at a time").isNull();
                own = identity.responseId();
            } else if (event instanceof ServerEvent.ResponseDone e) {
                String id = e.response().identity().responseId();
                assertThat(openByResponse.remove(id))
                        .as("done once, with nothing open")
                        .isEmpty();
                assertThat(e.response().usage()).isNotNull();
                if (id.equals(own)) own = null;
            } else if (event instanceof ServerEvent.OutputItemAdded e) {
                assertThat(open(openByResponse, e.responseId()).add(e.item().id()))
                        .isTrue();
            } else if (event instanceof ServerEvent.OutputItemDone e) {
                assertThat(open(openByResponse, e.responseId()).remove(e.item().id()))
                        .as("closed what was open")
                        .isTrue();
            } else if (event instanceof ServerEvent.ContentPartAdded e) {
                assertThat(open(openByResponse, e.part().responseId())
                                .add("part of " + e.part().itemId()))
                        .isTrue();
            } else if (event instanceof ServerEvent.ContentPartDone e) {
                assertThat(open(openByResponse, e.part().responseId())
                                .remove("part of " + e.part().itemId()))
                        .isTrue();
            } else if (event instanceof ServerEvent.OutputAudioTranscriptDelta e) {
                assertThat(open(openByResponse, e.part().responseId()))
                        .contains("part of " + e.part().itemId());
            } else if (event instanceof ServerEvent.ItemAdded e) {
                assertThat(addedAndDone.put(e.item().id(), 1)).as("added once").isNull();
            } else if (event instanceof ServerEvent.ItemDone e) {
                assertThat(addedAndDone.put(e.item().id(), 2))
                        .as("done once, after added")
                        .isEqualTo(1);
            }
        }
        assertThat(openByResponse).as("every response is done").isEmpty();
        assertThat(addedAndDone.values()).as("every item is done").containsOnly(2);
    }

    private static Set<String> open(Map<String, Set<String>> openByResponse, String responseId) {
        Set<String> open = openByResponse.get(responseId);
        assertThat(open).as("response " + responseId + " is under way").isNotNull();
        return Objects.requireNonNull(open);
    }

    /** Every tool call the model is told of has exactly one output, right behind it. */
    private static void checkRequest(SessionHarness.FakeCall call) {
        List<ChatMessage> messages = call.request.messages();
        for (int i = 0; i < messages.size(); i++) {
            if (!(messages.get(i) instanceof AssistantMessage assistant)) continue;
            for (int c = 0; c < assistant.toolCalls().size(); c++) {
                assertThat(messages.get(i + 1 + c)).isInstanceOf(ToolMessage.class);
                assertThat(((ToolMessage) messages.get(i + 1 + c)).callId())
                        .isEqualTo(assistant.toolCalls().get(c).callId());
            }
        }
    }
}
