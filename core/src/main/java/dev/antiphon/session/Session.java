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
import dev.antiphon.session.ResponseSnapshot.Reason;
import dev.antiphon.session.Timers.Deadline;
import dev.antiphon.turn.TurnDetector;
import dev.antiphon.turn.TurnListener;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.buffer.ByteBuf;
import java.util.List;
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
    private final Timers timers;
    private final Conversation conversation;
    private final Ledger ledger = new Ledger(FORMAT);
    private final ClientVoice voice = new ClientVoice();
    private final InputAudio inputAudio;
    private final Responses responses;
    private final InputTranscriptions transcriptions;
    private final ItemEditor items;
    private final UsageAccount account;
    private final UserSpeech speech;
    private final CommandHandler commands = new CommandHandler();

    private SessionState state = SessionState.OPENING;
    private SessionSettings settings;
    private long nowNanos;
    private long lastAudioNanos;

    private @Nullable TurnDetector detector;
    private long detectorOriginSample; // the input sample the detector heard first
    private @Nullable InputTurn turn; // null: nobody is speaking
    private @Nullable TurnTimeline nextTimeline; // of the turn that ended last, until its response takes it
    private boolean responseDue; // a turn ended while a response was active
    private boolean speechToForget; // a call was under way when there may have been too much of it
    private long idleSinceSample; // the input sample at which the present silence began; valid while IDLE is set

    /** A person's turn under way. */
    private record InputTurn(String itemId, long startSample) {}

    /** @param id names the session in its events and in the log: {@code sess_…} */
    public Session(String id, SessionStart start, SessionPorts ports) {
        this.id = id;
        this.start = start;
        client = ports.client();
        timers = ports.timers();
        settings = start.settings();
        conversation = new Conversation(start.ids().next("conv_"));
        inputAudio = new InputAudio(FORMAT, start.limits().inputAudioBytes());
        account = new UsageAccount(ports.observer()::onUsage);
        responses = new Responses(start, ports, conversation, ledger, account, new OwnResponse());
        transcriptions = new InputTranscriptions(client, ports.transcriptions(), conversation, account);
        speech = new UserSpeech(conversation, start.memory());
        items = new ItemEditor(conversation, ledger, speech, start.ids(), client);
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
        state = SessionState.LISTENING;
        responses.open(new SessionClock(start.unixSeconds(), now));
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
        if (speechToForget) forgetOldSpeech();
        onHeard(voice.hear(format, audio));
    }

    /** @param pcm {@link #FORMAT}; taken */
    private void onHeard(ByteBuf pcm) {
        try {
            if (!inputAudio.append(pcm) && !(makeRoom() && inputAudio.append(pcm))) return;
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

    /** A model has said something, or there is room for what it said before. */
    public void onReplyReadable(long now) {
        if (!isOpen()) return;
        nowNanos = now;
        responses.drain(now);
    }

    @Override
    public void onFirstAudioWritten(String responseId, long now) {
        responses.onFirstAudioWritten(responseId, now);
    }

    @Override
    public void onTimer(Deadline deadline, long now) {
        if (!isOpen()) return;
        nowNanos = now;
        switch (deadline) {
            case RESPONSE -> responses.onDeadline(now);
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
        transcriptions.cancelAll();
        ledger.onInterrupted(now); // nobody plays the rest
        responses.cancelAll(now);
        account.onHeard();
        state = SessionState.CLOSED;
        timers.cancel(Deadline.SESSION);
        timers.cancel(Deadline.IDLE);
        client.close(reason);
        LOG.debug(
                "session={} closed reason={} responses={} items={} inputMillis={}",
                id,
                reason,
                responses.started(),
                conversation.items().size(),
                FORMAT.millisOf(inputAudio.endSample()));
        inputAudio.close();
        speech.forgetAll();
    }

    private boolean isOpen() {
        return state != SessionState.OPENING && state != SessionState.CLOSED;
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
        public void onSpeechStopped(long endSample, long decidedSample) {
            Session.this.onSpeechStopped(detectorOriginSample + endSample, detectorOriginSample + decidedSample);
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
        timers.cancel(Deadline.IDLE);
        if (!detection.interruptResponse()) return;
        responseDue = false;
        ledger.onInterrupted(nowNanos);
        String ownId = responses.ownId();
        if (ownId != null) responses.cancel(ownId, Reason.TURN_DETECTED, nowNanos);
        account.onHeard();
    }

    private void onSpeechStopped(long endSample, long decidedSample) {
        SessionSettings.TurnDetection detection = settings.input().turnDetection();
        InputTurn ended = turn;
        if (detection == null || ended == null) return;
        long sinceSpeechNanos = FORMAT.nanosOf(inputAudio.endSample() - endSample);
        beginTimeline(nowNanos - sinceSpeechNanos);
        // The silence that decided belongs to the turn: the protocol counts audio_end_ms with it.
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
        items.tellOf(item);
        forgetOldSpeech();
        SessionSettings.Transcription wanted = settings.input().transcription();
        if (wanted != null) transcriptions.start(itemId, clip, wanted);
    }

    /** At once, or as soon as no call of the session can read it any more and the client is heard again. */
    private void forgetOldSpeech() {
        speechToForget = !responses.isIdle() || !transcriptions.isIdle();
        if (!speechToForget) speech.forgetOld(settings.generation().truncation());
    }

    private void beginTimeline(long lastSpeechNanos) {
        TurnTimeline begun = new TurnTimeline();
        begun.mark(Stage.LAST_SPEECH_SAMPLE, lastSpeechNanos);
        nextTimeline = begun;
    }

    private void respondToTurn() {
        if (settings.output().modality() == SessionSettings.Modality.NONE) return;
        if (nextTimeline != null) nextTimeline.mark(Stage.TURN_DECIDED, nowNanos);
        if (responses.ownId() == null) startResponse(Responses.Plan.answer(settings));
        else responseDue = true;
    }

    /**
     * A turn as long as the buffer ends there; without turn detection the client is told to commit.
     *
     * @return whether there is room now
     */
    private boolean makeRoom() {
        InputTurn longTurn = turn;
        if (longTurn == null || detector == null) {
            onClientFault(new ClientFault(
                    "input_audio_buffer_full",
                    "audio: buffer holds " + FORMAT.millisOf(inputAudio.samples())
                            + " ms (expected: a commit or clear before it exceeds "
                            + FORMAT.millisOf(FORMAT.samplesIn(start.limits().inputAudioBytes())) + " ms)",
                    "audio",
                    null));
            return false;
        }
        detector.reset();
        beginTimeline(nowNanos);
        endTurn(longTurn, inputAudio.endSample());
        SessionSettings.TurnDetection detection = settings.input().turnDetection();
        if (detection != null && detection.createResponse()) respondToTurn();
        return true;
    }

    /** Silence counts from the moment a client that plays as it receives has heard the answer to its end. */
    private void awaitIdleTimeout() {
        SessionSettings.TurnDetection detection = settings.input().turnDetection();
        if (detection == null || detection.idleTimeoutMillis() == null || turn != null) return;
        long playedNanos = ledger.isPlaying(nowNanos) ? ledger.playoutEndNanos() : nowNanos;
        idleSinceSample = inputAudio.endSample();
        timers.set(Deadline.IDLE, playedNanos + TimeUnit.MILLISECONDS.toNanos(detection.idleTimeoutMillis()));
    }

    /** The silence becomes a turn of its own, and the model may say something to it. */
    private void onIdleTimeout() {
        if (turn != null || responses.ownId() != null) return;
        String itemId = start.ids().next("item_");
        client.send(new ServerEvent.InputAudioTimeoutTriggered(
                itemId, FORMAT.millisOf(idleSinceSample), FORMAT.millisOf(inputAudio.endSample())));
        beginTimeline(nowNanos);
        commit(itemId, inputAudio.take(idleSinceSample, inputAudio.endSample()));
        respondToTurn();
    }

    private void configureDetector() {
        SessionSettings.TurnDetection detection = settings.input().turnDetection();
        if (detection == null || detection.idleTimeoutMillis() == null) timers.cancel(Deadline.IDLE);
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

    // ---- the conversation's own response ----

    private void startResponse(Responses.Plan plan) {
        TurnTimeline timeline = nextTimeline == null ? new TurnTimeline() : nextTimeline;
        nextTimeline = null;
        state = SessionState.AWAITING_REPLY;
        timers.cancel(Deadline.IDLE);
        responses.start(plan, timeline, nowNanos);
    }

    private final class OwnResponse implements Responses.Listener {
        @Override
        public void onOutputBegun() {
            state = SessionState.REPLYING;
        }

        @Override
        public void onEnded(ResponseSnapshot done) {
            state = SessionState.LISTENING;
            if (responseDue) {
                responseDue = false;
                startResponse(Responses.Plan.answer(settings));
            } else {
                awaitIdleTimeout();
            }
        }
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
            timers.cancel(Deadline.IDLE);
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
            items.create(command);
            forgetOldSpeech();
        }

        @Override
        public void onItemRetrieve(ClientCommand.ItemRetrieve command) {
            items.retrieve(command);
        }

        @Override
        public void onItemDelete(ClientCommand.ItemDelete command) {
            items.delete(command);
            forgetOldSpeech();
        }

        @Override
        public void onItemTruncate(ClientCommand.ItemTruncate command) {
            items.truncate(command);
            account.onHeard();
        }

        @Override
        public void onResponseCreate(ClientCommand.ResponseCreate command) {
            if (command.settings().output().modality() == SessionSettings.Modality.NONE) {
                throw fault("invalid_value", "type", "response.create: not in a transcription session");
            }
            boolean outOfBand = command.context().isOutOfBand();
            if (!outOfBand && responses.ownId() != null) {
                throw fault(
                        "conversation_already_has_active_response",
                        null,
                        "Conversation already has an active response in progress: " + responses.ownId()
                                + ". Wait until the response is finished before creating a new one.");
            }
            checkVoice(command.settings(), "response.audio.output.voice");
            Responses.Plan plan = new Responses.Plan(
                    command.settings(), command.metadata(), outOfBand, items.resolve(command.context()));
            if (outOfBand) responses.start(plan, new TurnTimeline(), nowNanos);
            else startResponse(plan);
        }

        @Override
        public void onResponseCancel(ClientCommand.ResponseCancel command) {
            String wanted = command.responseId() == null ? responses.ownId() : command.responseId();
            if (wanted == null || !responses.isRunning(wanted)) {
                throw fault(
                        "response_cancel_not_active",
                        command.responseId() == null ? null : "response_id",
                        "Cancellation failed: no active response found" + (wanted == null ? "" : " with id " + wanted));
            }
            responses.cancel(wanted, Reason.CLIENT_CANCELLED, nowNanos);
        }

        private void checkVoice(SessionSettings wanted, String param) {
            if (!ledger.hasSent()
                    || wanted.output().voice().equals(settings.output().voice())) return;
            throw fault(
                    "cannot_update_voice",
                    param,
                    param + ": " + wanted.output().voice() + " (expected: "
                            + settings.output().voice() + ", the voice does not change once the model has spoken)");
        }

        private ClientFault fault(String code, @Nullable String param, String message) {
            return new ClientFault(code, message, param, null);
        }
    }
}
