package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.playout.DownlinkQueue;
import dev.antiphon.session.ResponseSnapshot.Reason;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.session.Timers.Deadline;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.UpstreamFault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A model that fails ends its response, never the session. */
@ExtendWith(NoBufferLeaks.class)
class UpstreamFailureTest {
    private static final UpstreamFault FAULT = new UpstreamFault(
            UpstreamFault.Kind.REFUSED,
            401,
            "invalid_request_error",
            "invalid_api_key",
            null,
            "Incorrect API key",
            false);

    @Test
    void aRefusalIsAFailedResponseWithTheProvidersWords() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.ask();
            h.newEvents();
            h.call().reply.onFault(FAULT);
            h.session.onReplyReadable(h.now);
            assertThat(h.newEvents()).containsExactly("ResponseDone");
            ResponseSnapshot.Outcome outcome =
                    h.last(ServerEvent.ResponseDone.class).response().outcome();
            assertThat(outcome.status()).isEqualTo(Status.FAILED);
            assertThat(outcome.error())
                    .isEqualTo(new ResponseSnapshot.Failure(
                            "invalid_request_error", "invalid_api_key", "Incorrect API key"));
        }
    }

    @Test
    void whatWasHeardStaysAndTheNextTurnWorks() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.type("Tell me.");
            h.ask();
            h.modelSays("It is so.", 600);
            h.call().reply.onFault(FAULT);
            h.session.onReplyReadable(h.now);
            assertThat(h.last(ServerEvent.OutputItemDone.class).item().status()).isEqualTo(ItemStatus.INCOMPLETE);
            h.ask();
            assertThat(h.call().request.messages())
                    .contains(new AssistantMessage("It is so.", null, java.util.List.of()));
            h.modelSays("Indeed.", 100);
            h.modelEnds();
            assertThat(h.last(ServerEvent.ResponseDone.class)
                            .response()
                            .outcome()
                            .status())
                    .isEqualTo(Status.COMPLETED);
        }
    }

    @Test
    void lengthAndFilterMakeTheResponseIncomplete() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.ask();
            h.modelSays("Cut", 100);
            h.call().reply.onFinish(FinishReason.LENGTH);
            h.modelEnds();
            ResponseSnapshot.Outcome outcome =
                    h.last(ServerEvent.ResponseDone.class).response().outcome();
            assertThat(outcome.status()).isEqualTo(Status.INCOMPLETE);
            assertThat(outcome.reason()).isEqualTo(Reason.MAX_OUTPUT_TOKENS);
        }
    }

    @Test
    void anAnswerThatNeverEndsIsEndedByTheResponseDeadline() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.ask();
            h.modelSays("Noise", 100);
            Long deadline = h.timers.get(Deadline.RESPONSE);
            assertThat(deadline).isEqualTo(h.now + 120 * SessionHarness.SECOND);
            h.session.onTimer(Deadline.RESPONSE, h.now + 120 * SessionHarness.SECOND);
            assertThat(h.call().cancels).isEqualTo(1);
            assertThat(h.last(ServerEvent.ResponseDone.class)
                            .response()
                            .outcome()
                            .status())
                    .isEqualTo(Status.FAILED);
            assertThat(h.timers).doesNotContainKey(Deadline.RESPONSE);
        }
    }

    @Test
    void anAnswerThatTheClientHasNotPlayedYetIsNotLate() {
        try (SessionHarness h = new SessionHarness().open()) {
            h.type("Tell me a story.");
            h.ask();
            h.modelSays("Once", 500);
            h.writable = false;
            h.modelSays(" upon a time", 500);
            for (int i = 0; i < 3; i++) h.fireTimers();
            assertThat(h.timers).containsEntry(Deadline.RESPONSE, h.now + 5 * SessionHarness.SECOND);
            h.writable = true;
            h.session.onClientWritable(h.now);
            h.modelEnds();
            assertThat(h.timers).doesNotContainKey(Deadline.RESPONSE);
            assertThat(h.last(ServerEvent.ResponseDone.class)
                            .response()
                            .outcome()
                            .status())
                    .isEqualTo(Status.COMPLETED);
        }
    }

    @Test
    void theSessionEndsAtItsLongestLife() {
        try (SessionHarness h = new SessionHarness().open()) {
            h.session.onTimer(Deadline.SESSION, h.now + 3600 * SessionHarness.SECOND);
            assertThat(h.lastError().code()).isEqualTo("session_expired");
            assertThat(h.closed).isEqualTo(ClientOutlet.CloseReason.SESSION_EXPIRED);
        }
    }

    @Test
    void aVanishedClientCutsTheModelOff() {
        SessionHarness h = new SessionHarness().open();
        h.ask();
        h.modelSays("Anyone?", 100);
        h.session.close(ClientOutlet.CloseReason.NORMAL, h.now);
        assertThat(h.call().cancels).isEqualTo(1);
        assertThat(h.endedTurns).hasSize(1);
        assertThat(h.timers).isEmpty();
    }

    @Test
    void aSlowClientHoldsTheReplyBackUntilItTakesAudioAgain() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.ask();
            h.writable = false;
            h.newEvents();
            for (int i = 0; i < 5; i++) h.modelSays("word ", 400);
            assertThat(h.newEvents()).isEmpty();
            assertThat(h.call().reply.isFull()).isTrue();
            int resumes = h.call().resumes;
            h.session.onReplyReadable(h.now);
            assertThat(h.call().resumes).isEqualTo(resumes);
            h.writable = true;
            h.session.onClientWritable(h.now);
            assertThat(h.call().resumes).isGreaterThan(resumes);
            assertThat(h.newEvents()).endsWith("audio");
            assertThat(h.audioBytesSent).isEqualTo(2 * 48_000);
        }
    }

    @Test
    void theEndOfAReplyComesAfterAllOfItThoughTheClientIsSlow() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.ask();
            h.writable = false;
            h.modelSays("word", 400);
            h.modelEnds();
            h.newEvents();
            h.writable = true;
            h.session.onClientWritable(h.now);
            assertThat(h.newEvents()).startsWith("OutputItemAdded").endsWith("ResponseDone");
        }
    }

    @Test
    void moreEventsAtOnceThanTheQueueHoldsFailTheResponse() {
        try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
            h.ask();
            for (int i = 0; i <= DownlinkQueue.DEFAULT_SLOTS; i++)
                h.call().reply.onTranscript("x");
            h.call().reply.onCompleted();
            h.session.onReplyReadable(h.now);
            assertThat(h.last(ServerEvent.ResponseDone.class)
                            .response()
                            .outcome()
                            .status())
                    .isEqualTo(Status.FAILED);
        }
    }
}
