package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.session.ClientCommand.InputAudioClear;
import dev.antiphon.session.ClientCommand.InputAudioCommit;
import dev.antiphon.session.ClientCommand.ItemTruncate;
import dev.antiphon.session.ClientCommand.ResponseCancel;
import dev.antiphon.session.ClientCommand.SessionUpdate;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random walks: whatever comes in whatever order, these things stay true. */
@ExtendWith(NoBufferLeaks.class)
class SessionInvariantsTest {
    private static final int STEPS = 4_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
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
        switch (random.nextInt(18)) {
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
            default -> reply(h, random);
        }
    }

    private static void reply(SessionHarness h, Random random) {
        if (h.calls.isEmpty()) return;
        SessionHarness.FakeCall call = h.calls.get(Math.max(0, h.calls.size() - 1 - random.nextInt(2)));
        switch (random.nextInt(9)) {
            case 0, 1, 2 -> call.speak(1 + random.nextInt(400));
            case 3, 4 -> call.reply.onTranscript(" word" + random.nextInt(10));
            case 5 -> call.reply.onText(" text");
            case 6 -> call.reply.onToolCall(random.nextInt(2), "call_" + h.calls.size(), "add", "{}");
            case 7 -> {
                if (random.nextBoolean()) call.reply.onFinish(FinishReason.STOP);
                call.reply.onCompleted();
            }
            default ->
                call.reply.onFault(
                        new UpstreamFault(UpstreamFault.Kind.TRUNCATED, 200, "server_error", null, null, "cut", false));
        }
        h.session.onReplyReadable(h.now);
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
        return switch (random.nextInt(4)) {
            case 0 -> SessionHarness.withVad(true, false);
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

    /** Each response is created once and done once, one at a time; each item and part is opened and closed inside it. */
    private static void checkLifecycles(List<ServerEvent> events) {
        Set<String> created = new HashSet<>();
        Set<String> openItems = new HashSet<>();
        Set<String> openParts = new HashSet<>();
        Map<String, Integer> addedAndDone = new HashMap<>();
        String active = null;
        for (ServerEvent event : events) {
            if (event instanceof ServerEvent.ResponseCreated e) {
                assertThat(active).as("one response at a time").isNull();
                active = e.response().identity().responseId();
                assertThat(created.add(active)).as("created once").isTrue();
            } else if (event instanceof ServerEvent.ResponseDone e) {
                assertThat(e.response().identity().responseId()).isEqualTo(active);
                assertThat(openItems).as("items open at response.done").isEmpty();
                assertThat(openParts).as("parts open at response.done").isEmpty();
                assertThat(e.response().usage()).isNotNull();
                active = null;
            } else if (event instanceof ServerEvent.OutputItemAdded e) {
                assertThat(e.responseId()).isEqualTo(active);
                openItems.add(e.item().id());
            } else if (event instanceof ServerEvent.OutputItemDone e) {
                assertThat(e.responseId()).isEqualTo(active);
                assertThat(openItems.remove(e.item().id()))
                        .as("closed what was open")
                        .isTrue();
            } else if (event instanceof ServerEvent.ContentPartAdded e) {
                openParts.add(e.part().itemId());
            } else if (event instanceof ServerEvent.ContentPartDone e) {
                assertThat(openParts.remove(e.part().itemId())).isTrue();
            } else if (event instanceof ServerEvent.OutputAudioTranscriptDelta e) {
                assertThat(e.part().responseId()).isEqualTo(active);
                assertThat(openParts).contains(e.part().itemId());
            } else if (event instanceof ServerEvent.ItemAdded e) {
                assertThat(addedAndDone.put(e.item().id(), 1)).as("added once").isNull();
            } else if (event instanceof ServerEvent.ItemDone e) {
                assertThat(addedAndDone.put(e.item().id(), 2))
                        .as("done once, after added")
                        .isEqualTo(1);
            }
        }
        assertThat(active).as("the last response is done").isNull();
        assertThat(addedAndDone.values()).as("every item is done").containsOnly(2);
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
