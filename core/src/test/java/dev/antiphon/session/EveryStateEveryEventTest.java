package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.session.ClientCommand.InputAudioClear;
import dev.antiphon.session.ClientCommand.InputAudioCommit;
import dev.antiphon.session.ClientCommand.ItemDelete;
import dev.antiphon.session.ClientCommand.ItemRetrieve;
import dev.antiphon.session.ClientCommand.ItemTruncate;
import dev.antiphon.session.ClientCommand.ResponseCancel;
import dev.antiphon.session.ClientCommand.ResponseCreate;
import dev.antiphon.session.ClientCommand.SessionUpdate;
import dev.antiphon.session.Timers.Deadline;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of {@link Session}: each event in each state makes its move, its error, or is ignored on purpose. */
@ExtendWith(NoBufferLeaks.class)
class EveryStateEveryEventTest {

    private static final UpstreamFault FAULT =
            new UpstreamFault(UpstreamFault.Kind.TRUNCATED, 200, "server_error", null, null, "broken", false);

    enum Event {
        OPEN(h -> h.session.open(h.now)),
        AUDIO(h -> h.hearMillis(20)),
        SPEECH_STARTED(SessionHarness::startSpeaking),
        SPOKEN_TURN(SessionHarness::speakTurn),
        SESSION_UPDATE(
                h -> h.command(new SessionUpdate(null, h.session.settings().withInstructions("New.")))),
        COMMIT(h -> h.command(new InputAudioCommit(null))),
        CLEAR(h -> h.command(new InputAudioClear(null))),
        ITEM_CREATE(h -> h.type("Hello?")),
        TRUNCATE(h -> h.command(new ItemTruncate(null, "item_none", 0, 0))),
        RESPONSE_CREATE(h -> h.command(new ResponseCreate(null, h.session.settings(), Map.of()))),
        RESPONSE_CANCEL(h -> h.command(new ResponseCancel(null, null))),
        CLIENT_FAULT(h -> h.session.onClientFault(new ClientFault("invalid_json", "not JSON", null, null))),
        CLIENT_WRITABLE(h -> h.session.onClientWritable(h.now)),
        REPLY_AUDIO(h -> reply(h, call -> call.speak(100))),
        REPLY_COMPLETED(h -> reply(h, call -> call.reply.onCompleted())),
        REPLY_FAULT(h -> reply(h, call -> call.reply.onFault(FAULT))),
        RESPONSE_DEADLINE(h -> h.session.onTimer(Deadline.RESPONSE, h.now + 120 * SessionHarness.SECOND)),
        IDLE_DEADLINE(h -> h.session.onTimer(Deadline.IDLE, h.now)),
        ITEM_RETRIEVE(h -> h.command(new ItemRetrieve(null, "item_none"))),
        ITEM_DELETE(h -> h.command(new ItemDelete(null, "item_none"))),
        OUT_OF_BAND(h -> h.command(
                new ResponseCreate(null, h.session.settings(), Map.of(), new ResponseContext(true, List.of())))),
        SESSION_DEADLINE(h -> h.session.onTimer(Deadline.SESSION, h.now)),
        CLOSE(SessionHarness::close);

        private final Consumer<SessionHarness> happens;

        Event(Consumer<SessionHarness> happens) {
            this.happens = happens;
        }

        private static void reply(SessionHarness h, Consumer<SessionHarness.FakeCall> says) {
            if (h.calls.isEmpty()) return;
            says.accept(h.call());
            h.session.onReplyReadable(h.now);
        }
    }

    /** In each state, what an event leads to; the events seen, in short: error code, or the last event, or nothing. */
    static Stream<Arguments> table() {
        Row opening = new Row(SessionState.OPENING)
                .moves(Event.OPEN, "SessionCreated")
                .ends(Event.CLOSE)
                .othersAreIgnored();
        Row listening = new Row(SessionState.LISTENING)
                .moves(Event.IDLE_DEADLINE, "ResponseCreated")
                .moves(Event.ITEM_RETRIEVE, "item_retrieve_invalid_item_id")
                .moves(Event.ITEM_DELETE, "item_delete_invalid_item_id")
                .moves(Event.OUT_OF_BAND, "ResponseCreated")
                .moves(Event.SPEECH_STARTED, "SpeechStarted")
                .moves(Event.SPOKEN_TURN, "ResponseCreated")
                .moves(Event.SESSION_UPDATE, "SessionUpdated")
                .moves(Event.COMMIT, "input_audio_buffer_commit_empty")
                .moves(Event.CLEAR, "InputAudioCleared")
                .moves(Event.ITEM_CREATE, "ItemDone")
                .moves(Event.TRUNCATE, "item_truncate_invalid_item_id")
                .moves(Event.RESPONSE_CREATE, "ResponseCreated")
                .moves(Event.RESPONSE_CANCEL, "response_cancel_not_active")
                .moves(Event.CLIENT_FAULT, "invalid_json")
                .moves(Event.SESSION_DEADLINE, "session_expired")
                .ends(Event.CLOSE)
                .othersAreIgnored();
        Row awaitingReply = new Row(SessionState.AWAITING_REPLY)
                .moves(Event.ITEM_RETRIEVE, "item_retrieve_invalid_item_id")
                .moves(Event.ITEM_DELETE, "item_delete_invalid_item_id")
                .moves(Event.OUT_OF_BAND, "ResponseCreated")
                .moves(Event.SPEECH_STARTED, "ResponseDone")
                .moves(Event.SPOKEN_TURN, "ResponseCreated")
                .moves(Event.SESSION_UPDATE, "SessionUpdated")
                .moves(Event.COMMIT, "input_audio_buffer_commit_empty")
                .moves(Event.CLEAR, "InputAudioCleared")
                .moves(Event.ITEM_CREATE, "ItemDone")
                .moves(Event.TRUNCATE, "item_truncate_invalid_item_id")
                .moves(Event.RESPONSE_CREATE, "conversation_already_has_active_response")
                .moves(Event.RESPONSE_CANCEL, "ResponseDone")
                .moves(Event.CLIENT_FAULT, "invalid_json")
                .moves(Event.REPLY_AUDIO, "audio")
                .moves(Event.REPLY_COMPLETED, "ResponseDone")
                .moves(Event.REPLY_FAULT, "ResponseDone")
                .moves(Event.RESPONSE_DEADLINE, "ResponseDone")
                .moves(Event.SESSION_DEADLINE, "ResponseDone")
                .ends(Event.CLOSE)
                .othersAreIgnored();
        Row replying = awaitingReply.in(SessionState.REPLYING);
        Row closed = new Row(SessionState.CLOSED).othersAreIgnored();
        return Stream.of(opening, listening, awaitingReply, replying, closed).flatMap(Row::arguments);
    }

    @ParameterizedTest(name = "{0}: {1} → {2}")
    @MethodSource("table")
    void leadsTo(SessionState state, Event event, String outcome) {
        SessionHarness h = in(state);
        try {
            h.newEvents();
            event.happens.accept(h);
            List<String> seen = h.newEvents();
            String last = seen.isEmpty() ? "" : seen.get(seen.size() - 1);
            assertThat(last.equals("ErrorEvent") ? h.lastError().code() : last).isEqualTo(outcome);
        } finally {
            h.close();
        }
    }

    @Test
    void theTableHasEveryPair() {
        assertThat(table().map(row -> row.get()[0] + " " + row.get()[1]))
                .doesNotHaveDuplicates()
                .hasSize(SessionState.values().length * Event.values().length);
    }

    private static SessionHarness in(SessionState state) {
        SessionHarness h = new SessionHarness();
        switch (state) {
            case OPENING -> {}
            case LISTENING -> h.open();
            case AWAITING_REPLY -> {
                h.open();
                h.ask();
            }
            case REPLYING -> {
                h.open();
                h.ask();
                h.modelSays("Well", 100);
            }
            case CLOSED -> {
                h.open();
                h.close();
            }
        }
        return h;
    }

    private static final class Row {
        private final SessionState state;
        private final List<Arguments> pairs = new ArrayList<>();
        private final EnumSet<Event> said = EnumSet.noneOf(Event.class);

        Row(SessionState state) {
            this.state = state;
        }

        Row moves(Event event, String outcome) {
            said.add(event);
            pairs.add(Arguments.of(state, event, outcome));
            return this;
        }

        Row ends(Event event) {
            boolean cuts = state == SessionState.AWAITING_REPLY || state == SessionState.REPLYING;
            return moves(event, cuts ? "ResponseDone" : "");
        }

        Row othersAreIgnored() {
            for (Event event : EnumSet.complementOf(said)) moves(event, "");
            return this;
        }

        Row in(SessionState other) {
            Row row = new Row(other);
            for (Arguments pair : pairs) row.moves((Event) pair.get()[1], (String) pair.get()[2]);
            return row;
        }

        Stream<Arguments> arguments() {
            return pairs.stream();
        }
    }
}
