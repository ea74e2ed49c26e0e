package dev.antiphon.session;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Conversation;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.metrics.Stage;
import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.playout.Ledger;
import dev.antiphon.playout.LedgerEntry;
import dev.antiphon.session.ResponseSnapshot.Outcome;
import dev.antiphon.session.ResponseSnapshot.Reason;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.session.Timers.Deadline;
import dev.antiphon.turn.TurnDetector;
import dev.antiphon.turn.TurnListener;
import dev.antiphon.upstream.ChatRequest;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One conversation between a person and a model: a deterministic machine with a single writer. Everything comes in as a
 * call with the time in it, everything leaves through {@link ClientOutlet}, {@link UpstreamCalls} and {@link Timers}. It
 * reads no clock, starts no thread and never blocks, so the same calls give the same events.
 *
 * <pre>
 *  state            │ response starts  first output   reply ends, cancelled   close
 *  OPENING          │ –                –              –                       CLOSED
 *  LISTENING        │ AWAITING_REPLY   –              –                       CLOSED
 *  AWAITING_REPLY   │ refused          REPLYING       LISTENING               CLOSED
 *  REPLYING         │ refused          –              LISTENING               CLOSED
 *  CLOSED           │ –                –              –                       –
 * </pre>
 *
 * {@link #open} takes OPENING to LISTENING. A turn that ends by itself while a response is active does not fail: its
 * response waits for its place. Calls in OPENING and CLOSED do nothing.
 *
 * <p>Threading: confined to the session's event loop.
 */
public final class Session implements ClientInlet {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    /** The protocol's least turn: {@code input_audio_buffer.commit} of less is refused. */
    private static final int MIN_COMMIT_MILLIS = 100;
    /** How far back a detector may say that speech began, beyond the padding. */
    private static final int DETECTOR_LOOKBACK_MILLIS = 1_000;

    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;

    private final String id;
    private final SessionStart start;
    private final ClientOutlet client;
    private final UpstreamCalls upstream;
    private final Timers timers;
    private final TurnObserver observer;
    private final Conversation conversation;
    private final Ledger ledger = new Ledger(FORMAT);
    private final ClientVoice voice = new ClientVoice();
    private final InputAudio inputAudio;
    private final CommandHandler commands = new CommandHandler();

    private SessionState state = SessionState.OPENING;
    private SessionSettings settings;
    private long openedNanos;
    private long nowNanos;
    private long lastAudioNanos;
    private int responses;

    private @Nullable TurnDetector detector;
    private long detectorOriginSample; // the input sample the detector heard first
    private @Nullable InputTurn turn; // null: nobody is speaking
    private TurnTimeline nextTimeline = new TurnTimeline();

    private @Nullable ActiveResponse response;
    private UpstreamCalls.@Nullable Call call; // null while its response is being started
    private boolean responseDue; // a turn ended while a response was active

    /** A person's turn under way. */
    private record InputTurn(String itemId, long startSample) {}

    /** @param id names the session in its events and in the log: {@code sess_…} */
    public Session(
            String id,
            SessionStart start,
            ClientOutlet client,
            UpstreamCalls upstream,
            Timers timers,
            TurnObserver observer) {
        this.id = id;
        this.start = start;
        this.client = client;
        this.upstream = upstream;
        this.timers = timers;
        this.observer = observer;
        this.settings = start.settings();
        this.conversation = new Conversation(start.ids().next("conv_"));
        this.inputAudio = new InputAudio(FORMAT, start.limits().inputAudioBytes());
    }

    public String id() {
        return id;
    }

    @Override
    public SessionSettings settings() {
        return settings;
    }

    @Override
    public void open(long now) {
        if (state != SessionState.OPENING) return;
        nowNanos = now;
        openedNanos = now;
        state = SessionState.LISTENING;
        timers.set(Deadline.SESSION, now + start.limits().sessionNanos());
        configureDetector();
        client.send(new ServerEvent.SessionCreated(id, expiresAtUnixSeconds(), settings));
        LOG.debug("session={} open model={}", id, settings.model());
    }

    @Override
    public void onAudio(ByteBuf audio, long now) {
        if (!isOpen()) return;
        nowNanos = now;
        AudioFormat format = settings.input().format();
        if (audio.readableBytes() % format.bytesPerSample() != 0) {
            onClientFault(new ClientFault(
                    "invalid_value",
                    "audio: " + audio.readableBytes() + " bytes (expected: a multiple of 2, PCM16 little-endian)",
                    "audio",
                    null));
            return;
        }
        lastAudioNanos = now;
        onHeard(voice.hear(format, audio));
    }

    /** @param pcm {@link #FORMAT}; taken */
    private void onHeard(ByteBuf pcm) {
        try {
            if (!inputAudio.append(pcm)) {
                onInputAudioFull();
                return;
            }
            if (detector == null) return;
            detector.onAudio(pcm, turnListener);
            if (turn == null) forgetOldAudio();
        } finally {
            pcm.release();
        }
    }

    @Override
    public void onCommand(ClientCommand command, long now) {
        if (!isOpen()) return;
        nowNanos = now;
        try {
            command.dispatchTo(commands);
        } catch (ClientFault fault) {
            onClientFault(fault.withEventId(command.eventId()));
        }
    }

    @Override
    public void onClientFault(ClientFault fault) {
        if (!isOpen()) return;
        client.send(ServerEvent.ErrorEvent.of(fault));
    }

    @Override
    public void onClientWritable(long now) {
        onReplyReadable(now);
    }

    /** The model has said something, or there is room for what it said before. */
    public void onReplyReadable(long now) {
        if (response == null) return;
        nowNanos = now;
        ActiveResponse readable = response;
        readable.drain(now);
        if (response == readable && call != null && readable.queue().isDrained()) call.resumeReads();
    }

    @Override
    public void onFirstAudioWritten(String responseId, long now) {
        if (response == null || !response.id().equals(responseId)) return;
        response.timeline().mark(Stage.FIRST_FRAME_WRITTEN, now);
    }

    @Override
    public void onTimer(Deadline deadline, long now) {
        if (!isOpen()) return;
        nowNanos = now;
        switch (deadline) {
            case RESPONSE -> {
                if (response == null) return;
                long seconds = TimeUnit.NANOSECONDS.toSeconds(start.limits().responseNanos());
                endResponse(new Outcome(
                        Status.FAILED,
                        null,
                        new ResponseSnapshot.Failure(
                                "server_error", "timeout", "the answer took more than " + seconds + " s")));
            }
            case IDLE -> onIdleTimeout();
            case SESSION -> {
                long minutes = TimeUnit.NANOSECONDS.toMinutes(start.limits().sessionNanos());
                onClientFault(new ClientFault(
                        "session_expired", "the session reached its longest life of " + minutes + " min", null, null));
                close(ClientOutlet.CloseReason.SESSION_EXPIRED, now);
            }
        }
    }

    @Override
    public void close(ClientOutlet.CloseReason reason, long now) {
        if (state == SessionState.CLOSED) return;
        nowNanos = now;
        responseDue = false;
        if (response != null) endResponse(new Outcome(Status.CANCELLED, Reason.CLIENT_CANCELLED, null));
        state = SessionState.CLOSED;
        timers.cancel(Deadline.SESSION);
        client.close(reason);
        LOG.debug(
                "session={} closed reason={} responses={} items={} inputMillis={}",
                id,
                reason,
                responses,
                conversation.items().size(),
                FORMAT.millisOf(inputAudio.endSample()));
    }

    private boolean isOpen() {
        return state != SessionState.OPENING && state != SessionState.CLOSED;
    }

    private long nowUnixSeconds() {
        return start.unixSeconds() + TimeUnit.NANOSECONDS.toSeconds(nowNanos - openedNanos);
    }

    private long expiresAtUnixSeconds() {
        return start.unixSeconds()
                + TimeUnit.NANOSECONDS.toSeconds(start.limits().sessionNanos());
    }

    // ---- turns ----

    private final TurnListener turnListener = new TurnListener() {
        @Override
        public void onSpeechStarted(long startSample) {
            Session.this.onSpeechStarted(detectorOriginSample + startSample);
        }

        @Override
        public void onSpeechStopped(long endSample) {
            Session.this.onSpeechStopped(detectorOriginSample + endSample);
        }
    };

    private void onSpeechStarted(long speechSample) {
        SessionSettings.TurnDetection detection = settings.input().turnDetection();
        if (detection == null || turn != null) return;
        long padding = FORMAT.samplesInMillis(detection.turn().prefixPaddingMillis());
        InputTurn started =
                new InputTurn(start.ids().next("item_"), Math.max(inputAudio.startSample(), speechSample - padding));
        turn = started;
        client.send(new ServerEvent.SpeechStarted(started.itemId(), FORMAT.millisOf(started.startSample())));
        if (!detection.interruptResponse()) return;
        responseDue = false;
        ledger.onInterrupted(nowNanos);
        if (response != null) endResponse(new Outcome(Status.CANCELLED, Reason.TURN_DETECTED, null));
    }

    private void onSpeechStopped(long endSample) {
        SessionSettings.TurnDetection detection = settings.input().turnDetection();
        InputTurn ended = turn;
        if (detection == null || ended == null) return;
        // The silence that decided belongs to the turn: the protocol counts audio_end_ms with it.
        long silence = FORMAT.samplesInMillis(detection.turn().silenceDurationMillis());
        long decidedSample = Math.min(endSample + silence, inputAudio.endSample());
        long sinceSpeechNanos = FORMAT.nanosOf(inputAudio.endSample() - endSample);
        beginTimeline(nowNanos - sinceSpeechNanos);
        endTurn(ended, decidedSample);
        if (detection.createResponse()) respondToTurn();
    }

    private void endTurn(InputTurn ended, long endSample) {
        turn = null;
        client.send(new ServerEvent.SpeechStopped(ended.itemId(), FORMAT.millisOf(endSample)));
        commit(ended.itemId(), inputAudio.take(ended.startSample(), endSample));
    }

    private void commit(String itemId, AudioClip clip) {
        client.send(new ServerEvent.InputAudioCommitted(itemId, conversation.lastId()));
        Item item = new Item.Message(
                itemId, ItemStatus.COMPLETED, Item.Role.USER, List.of(new ContentPart.InputAudio(clip, null)));
        conversation.append(item);
        tellOfItem(item);
    }

    private void tellOfItem(Item item) {
        String previousId = conversation.previousIdOf(item.id());
        client.send(new ServerEvent.ItemAdded(item, previousId));
        client.send(new ServerEvent.ItemDone(item, previousId));
    }

    private void beginTimeline(long lastSpeechNanos) {
        nextTimeline = new TurnTimeline();
        nextTimeline.mark(Stage.LAST_SPEECH_SAMPLE, lastSpeechNanos);
    }

    private void respondToTurn() {
        nextTimeline.mark(Stage.TURN_DECIDED, nowNanos);
        if (response == null) startResponse(settings, Map.of());
        else responseDue = true;
    }

    /** A turn as long as the buffer ends there; without turn detection the client is told to commit. */
    private void onInputAudioFull() {
        InputTurn longTurn = turn;
        if (longTurn == null || detector == null) {
            onClientFault(new ClientFault(
                    "input_audio_buffer_full",
                    "audio: buffer holds " + FORMAT.millisOf(inputAudio.samples())
                            + " ms (expected: a commit or clear before it exceeds "
                            + FORMAT.millisOf(FORMAT.samplesIn(start.limits().inputAudioBytes())) + " ms)",
                    "audio",
                    null));
            return;
        }
        detector.reset();
        beginTimeline(nowNanos);
        endTurn(longTurn, inputAudio.endSample());
        SessionSettings.TurnDetection detection = settings.input().turnDetection();
        if (detection != null && detection.createResponse()) respondToTurn();
    }

    /** To come: nobody sets this timer yet. */
    private void onIdleTimeout() {}

    private void configureDetector() {
        SessionSettings.TurnDetection detection = settings.input().turnDetection();
        if (detection == null) {
            detector = null;
            turn = null;
        } else if (detector == null) {
            detector = start.turnDetectors().apply(detection.turn());
            detectorOriginSample = inputAudio.endSample();
        } else {
            detector.configure(detection.turn());
        }
    }

    private void forgetOldAudio() {
        SessionSettings.TurnDetection detection = settings.input().turnDetection();
        if (detection == null) return;
        long kept = FORMAT.samplesInMillis(detection.turn().prefixPaddingMillis() + DETECTOR_LOOKBACK_MILLIS);
        inputAudio.dropBefore(inputAudio.endSample() - kept);
    }

    // ---- responses ----

    private void startResponse(SessionSettings frozen, Map<String, String> metadata) {
        TurnTimeline timeline = nextTimeline;
        nextTimeline = new TurnTimeline();
        timeline.mark(Stage.TURN_DECIDED, nowNanos);
        ActiveResponse started = new ActiveResponse(
                new ResponseSnapshot.Identity(start.ids().next("resp_"), conversation.id(), metadata),
                frozen,
                timeline,
                conversation,
                ledger,
                start.ids(),
                client,
                owner);
        response = started;
        responses++;
        state = SessionState.AWAITING_REPLY;
        client.send(new ServerEvent.ResponseCreated(started.snapshot(Outcome.IN_PROGRESS)));
        timers.set(Deadline.RESPONSE, nowNanos + start.limits().responseNanos());
        ChatRequest request = ModelPrompt.of(conversation, ledger, frozen, start.upstreamModel(), nowUnixSeconds());
        call = upstream.start(request, started.queue());
    }

    private final ActiveResponse.Owner owner = new ActiveResponse.Owner() {
        @Override
        public void onOutputBegun() {
            state = SessionState.REPLYING;
        }

        @Override
        public void onReplyEnded(Outcome outcome) {
            if (outcome.error() != null) {
                LOG.info(
                        "session={} response failed type={} code={}",
                        id,
                        outcome.error().type(),
                        outcome.error().code());
            }
            endResponse(outcome);
        }
    };

    /** The one place where a response ends, for whatever reason. */
    private void endResponse(Outcome outcome) {
        ActiveResponse ending = Objects.requireNonNull(response);
        if (call != null) call.cancel(); // of no effect where the model is through
        call = null;
        timers.cancel(Deadline.RESPONSE);
        ResponseSnapshot done = ending.end(outcome, nowNanos);
        response = null;
        state = SessionState.LISTENING;
        observer.onTurnEnded(done, ending.timeline());
        if (!responseDue) return;
        responseDue = false;
        startResponse(settings, Map.of());
    }

    // ---- commands ----

    private final class CommandHandler implements ClientCommand.Handler {
        @Override
        public void onSessionUpdate(ClientCommand.SessionUpdate command) {
            SessionSettings wanted = command.settings();
            if (!wanted.model().equals(settings.model())) {
                throw fault(
                        "invalid_value",
                        "session.model",
                        "session.model: " + wanted.model() + " (expected: " + settings.model()
                                + ", the model does not change in a session)");
            }
            checkVoice(wanted, "session.audio.output.voice");
            settings = wanted;
            configureDetector();
            client.send(new ServerEvent.SessionUpdated(id, expiresAtUnixSeconds(), settings));
        }

        @Override
        public void onInputAudioCommit(ClientCommand.InputAudioCommit command) {
            onHeard(voice.flush());
            long millis = FORMAT.millisOf(inputAudio.samples());
            if (millis < MIN_COMMIT_MILLIS) {
                throw fault(
                        "input_audio_buffer_commit_empty",
                        null,
                        "Error committing input audio buffer: buffer too small. Expected at least " + MIN_COMMIT_MILLIS
                                + "ms of audio, but buffer only has " + millis + ".00ms of audio.");
            }
            beginTimeline(lastAudioNanos);
            if (detector != null) detector.reset();
            if (turn != null) endTurn(turn, inputAudio.endSample());
            else commit(start.ids().next("item_"), inputAudio.take(0, inputAudio.endSample()));
        }

        @Override
        public void onInputAudioClear(ClientCommand.InputAudioClear command) {
            voice.reset();
            inputAudio.dropBefore(inputAudio.endSample());
            if (detector != null) detector.reset();
            turn = null;
            client.send(new ServerEvent.InputAudioCleared());
        }

        @Override
        public void onItemCreate(ClientCommand.ItemCreate command) {
            Item item = withId(command.item());
            if (conversation.find(item.id()) != null) {
                throw fault("invalid_value", "item.id", "item.id: " + item.id() + " (expected: an id not in use)");
            }
            if (item instanceof Item.FunctionCallOutput output && !isCalled(output.callId())) {
                throw fault(
                        "invalid_tool_call_id",
                        "item.call_id",
                        "item.call_id: " + output.callId()
                                + " (expected: the call_id of a function_call in the conversation)");
            }
            insert(item, command.previousItemId());
            tellOfItem(item);
        }

        @Override
        public void onItemTruncate(ClientCommand.ItemTruncate command) {
            Item item = conversation.find(command.itemId());
            if (item == null) {
                throw fault(
                        "item_truncate_invalid_item_id",
                        "item_id",
                        "item_id: " + command.itemId() + " (expected: an item of the conversation)");
            }
            LedgerEntry entry = ledger.find(command.itemId());
            if (entry == null || !(item instanceof Item.Message message)) {
                throw fault(
                        "unsupported_content_type",
                        "item_id",
                        "item_id: " + command.itemId()
                                + " (expected: a spoken answer; only model output audio messages can be truncated)");
            }
            if (command.contentIndex() != 0) {
                throw fault(
                        "invalid_value",
                        "content_index",
                        "content_index: " + command.contentIndex() + " (expected: 0)");
            }
            long heardSamples = entry.truncate(entry.samplesInMillis(command.audioEndMillis()));
            if (message.status() != ItemStatus.IN_PROGRESS) replaceByHeard(message, entry);
            client.send(new ServerEvent.ItemTruncated(
                    command.itemId(), command.contentIndex(), entry.millisOf(heardSamples)));
        }

        @Override
        public void onItemRetrieve(ClientCommand.ItemRetrieve command) {
            client.send(new ServerEvent.ItemRetrieved(existing(command.itemId(), "item_retrieve_invalid_item_id")));
        }

        @Override
        public void onItemDelete(ClientCommand.ItemDelete command) {
            Item item = existing(command.itemId(), "item_delete_invalid_item_id");
            if (item.status() == ItemStatus.IN_PROGRESS) {
                throw fault(
                        "item_delete_invalid_item_id",
                        "item_id",
                        "item_id: " + command.itemId()
                                + " (expected: an item that is done; cancel its response first)");
            }
            conversation.remove(command.itemId());
            client.send(new ServerEvent.ItemDeleted(command.itemId()));
        }

        private Item existing(String itemId, String code) {
            Item item = conversation.find(itemId);
            if (item != null) return item;
            throw fault(code, "item_id", "item_id: " + itemId + " (expected: an item of the conversation)");
        }

        @Override
        public void onResponseCreate(ClientCommand.ResponseCreate command) {
            if (response != null) {
                throw fault(
                        "conversation_already_has_active_response",
                        null,
                        "Conversation already has an active response in progress: " + response.id()
                                + ". Wait until the response is finished before creating a new one.");
            }
            checkVoice(command.settings(), "response.audio.output.voice");
            startResponse(command.settings(), command.metadata());
        }

        @Override
        public void onResponseCancel(ClientCommand.ResponseCancel command) {
            String wanted = command.responseId();
            if (response == null || (wanted != null && !wanted.equals(response.id()))) {
                throw fault(
                        "response_cancel_not_active",
                        wanted == null ? null : "response_id",
                        "Cancellation failed: no active response found" + (wanted == null ? "" : " with id " + wanted));
            }
            endResponse(new Outcome(Status.CANCELLED, Reason.CLIENT_CANCELLED, null));
        }

        private void checkVoice(SessionSettings wanted, String param) {
            if (!hasSpoken() || wanted.output().voice().equals(settings.output().voice())) return;
            throw fault(
                    "cannot_update_voice",
                    param,
                    param + ": " + wanted.output().voice() + " (expected: "
                            + settings.output().voice() + ", the voice does not change once the model has spoken)");
        }

        private boolean hasSpoken() {
            return ledger.hasSent();
        }

        private boolean isCalled(String callId) {
            for (Item item : conversation.items()) {
                if (item instanceof Item.FunctionCall made && made.callId().equals(callId)) return true;
            }
            return false;
        }

        private void insert(Item item, @Nullable String previousItemId) {
            if (previousItemId == null) {
                conversation.append(item);
            } else if (previousItemId.equals(ClientCommand.ItemCreate.ROOT)) {
                conversation.addFirst(item);
            } else if (!conversation.insertAfter(previousItemId, item)) {
                throw fault(
                        "invalid_value",
                        "previous_item_id",
                        "previous_item_id: " + previousItemId
                                + " (expected: an item of the conversation, root, or none)");
            }
        }

        private Item withId(Item item) {
            if (!item.id().isEmpty()) return item;
            String newId = start.ids().next("item_");
            if (item instanceof Item.Message m) return new Item.Message(newId, m.status(), m.role(), m.content());
            if (item instanceof Item.FunctionCall c) {
                return new Item.FunctionCall(newId, c.status(), c.callId(), c.name(), c.arguments());
            }
            Item.FunctionCallOutput o = (Item.FunctionCallOutput) item;
            return new Item.FunctionCallOutput(newId, o.status(), o.callId(), o.output());
        }

        private void replaceByHeard(Item.Message message, LedgerEntry entry) {
            ContentPart heard =
                    new ContentPart.OutputAudio(entry.heardTranscript(), spokenAnswerIfWhole(message, entry));
            conversation.replace(new Item.Message(message.id(), message.status(), message.role(), List.of(heard)));
        }

        private ContentPart.@Nullable SpokenAnswer spokenAnswerIfWhole(Item.Message message, LedgerEntry entry) {
            if (!entry.isHeardWhole()) return null;
            return message.content().get(0) instanceof ContentPart.OutputAudio audio ? audio.spokenAnswer() : null;
        }

        private ClientFault fault(String code, @Nullable String param, String message) {
            return new ClientFault(code, message, param, null);
        }
    }
}
