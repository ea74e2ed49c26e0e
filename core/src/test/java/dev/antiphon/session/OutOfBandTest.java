package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.session.ClientCommand.ResponseCancel;
import dev.antiphon.session.ClientCommand.ResponseCreate;
import dev.antiphon.session.ResponseContext.ItemReference;
import dev.antiphon.session.ResponseContext.NewItem;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.session.Timers.Deadline;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code conversation: "none"}: responses beside the conversation's own. */
@ExtendWith(NoBufferLeaks.class)
class OutOfBandTest {

    @Test
    void itHasNoConversationAndLeavesNoItems() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.newEvents();
            aside(h, null);
            h.modelSays("Aside.", 100);
            h.modelEnds();
            assertThat(h.newEvents())
                    .containsExactly(
                            "ResponseCreated",
                            "OutputItemAdded",
                            "ContentPartAdded",
                            "OutputAudioTranscriptDelta",
                            "audio",
                            "OutputAudioDone",
                            "OutputAudioTranscriptDone",
                            "ContentPartDone",
                            "OutputItemDone",
                            "ResponseDone");
            ResponseSnapshot done = h.last(ServerEvent.ResponseDone.class).response();
            assertThat(done.identity().conversationId()).isNull();
            assertThat(done.identity().metadata()).containsEntry("topic", "aside");
            h.type("Hello?");
            h.ask();
            assertThat(h.call().request.messages()).hasSize(1);
        }
    }

    @Test
    void itRunsBesideTheConversationsOwnResponse() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.ask();
            aside(h, null);
            aside(h, null);
            assertThat(h.calls).hasSize(3);
            h.calls.get(0).reply.onTranscript("own");
            h.calls.get(2).reply.onTranscript("second aside");
            h.session.onReplyReadable(h.now);
            for (SessionHarness.FakeCall call : h.calls) call.reply.onCompleted();
            h.session.onReplyReadable(h.now);
            assertThat(h.endedTurns).hasSize(3).allMatch(done -> done.outcome().status() == Status.COMPLETED);
        }
    }

    @Test
    void inputIsAllTheModelIsTold() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.type("In the conversation.");
            String id = h.last(ServerEvent.ItemDone.class).item().id();
            h.type("Not referred to.");
            aside(h, List.of(new NewItem(SessionHarness.userText("", "Only here.")), new ItemReference(id)));
            assertThat(h.call().request.messages()).containsExactly(said("Only here."), said("In the conversation."));
        }
    }

    @Test
    void anEmptyInputIsInstructionsOnly() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk().withInstructions("Say hello.")).open()) {
            h.type("Not told.");
            aside(h, List.of());
            assertThat(h.call().request.messages()).containsExactly(new ChatMessage.SystemMessage("Say hello."));
        }
    }

    @Test
    void aReferenceToNothingIsAnErrorAndNothingStarts() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            aside(h, List.of(new ItemReference("item_none")));
            assertThat(h.calls).isEmpty();
            assertThat(h.lastError().message()).contains("item_none");
        }
    }

    @Test
    void speechInterruptsTheConversationsOwnResponseOnly() {
        try (SessionHarness h = new SessionHarness().open()) {
            h.ask();
            aside(h, null);
            h.startSpeaking();
            assertThat(h.calls.get(0).cancels).isEqualTo(1);
            assertThat(h.calls.get(1).cancels).isZero();
        }
    }

    @Test
    void itIsCancelledByItsId() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.ask();
            aside(h, null);
            String id = h.last(ServerEvent.ResponseCreated.class)
                    .response()
                    .identity()
                    .responseId();
            h.command(new ResponseCancel(null, id));
            assertThat(h.calls.get(1).cancels).isEqualTo(1);
            assertThat(h.calls.get(0).cancels).isZero();
        }
    }

    @Test
    void eachHasItsOwnDeadline() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.ask();
            h.advanceMillis(60_000);
            aside(h, null);
            h.fireTimers();
            assertThat(h.calls.get(0).cancels).isEqualTo(1);
            assertThat(h.calls.get(1).cancels).isZero();
            assertThat(h.timers.get(Deadline.RESPONSE)).isEqualTo(h.now + 60 * SessionHarness.SECOND);
        }
    }

    @Test
    void thereIsALimitOfThem() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            for (int i = 0; i < 17; i++) aside(h, null);
            assertThat(h.calls).hasSize(16);
            assertThat(h.lastError().message()).contains("at most 16");
        }
    }

    @Test
    void whatIsSaidOutOfBandDoesNotShiftWhatWasHeard() {
        try (SessionHarness h = new SessionHarness().open()) {
            h.ask();
            h.modelSays("One two three four five six.", 1000);
            h.modelEnds();
            h.advanceMillis(1000);
            aside(h, null);
            h.modelSays("Aside", 5000);
            h.startSpeaking();
            h.ask();
            assertThat(h.call().request.messages().toString()).contains("One two three four five six.");
        }
    }

    private static void aside(SessionHarness h, @Nullable List<ResponseContext.InputItem> input) {
        h.command(new ResponseCreate(
                null, h.session.settings(), Map.of("topic", "aside"), new ResponseContext(true, input)));
    }

    private static UserMessage said(String text) {
        return new UserMessage(List.of(new TextPart(text)));
    }
}
