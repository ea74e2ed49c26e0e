package dev.antiphon.server.client;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.pcm.PcmDraft;
import dev.antiphon.pcm.PcmMessages;
import dev.antiphon.pcm.PcmReader;
import dev.antiphon.pcm.PcmSettings;
import dev.antiphon.pcm.PcmWriter;
import dev.antiphon.pcm.PcmWriter.ClearReason;
import dev.antiphon.playout.LeadPacer;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.ClientInlet;
import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The plain protocol {@code pcm.v1}: audio in binary messages, a little JSON beside it, and at most a lead of audio at
 * the client, so that an interruption works even where nothing can be thrown away.
 *
 * <p>The session begins with the client's first message, when it is known what the client wants.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class PcmWire implements ClientWire {
    static final String SUBPROTOCOL = "pcm.v1";
    /** Of a message, text or audio. */
    static final int MAX_MESSAGE_BYTES = 64 * 1024;

    /** A client that has sent nothing for so long, and was told nothing, is asked to come again. */
    static final long IDLE_MILLIS = TimeUnit.MINUTES.toMillis(10);
    /** Frames that stop while the person speaks mean silence, after so long and for so long each time. */
    static final int SILENCE_MILLIS = 200;

    private static final WebSocketCloseStatus IDLE_TIMEOUT = new WebSocketCloseStatus(4000, "idle timeout");
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS);
    private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(SILENCE_MILLIS);

    private final SessionHost host;
    private final Opening opening;
    private final PcmDraft draft;
    private final PcmReader reader;
    private final PcmWriter writer;
    private final Messages messages = new Messages();
    private final Wake idle;

    private long messageNanos; // when the newest message came, or sound was sent
    private @Nullable Call call; // null: the client has not said anything yet
    private @Nullable Goodbye goodbye; // null: the session's own reason says it all
    private String byeReason = "";

    /** @param query parameters of the request, known to be legal */
    PcmWire(SessionHost host, Opening opening, Map<String, String> query) {
        this.host = host;
        this.opening = opening;
        this.draft = PcmDraft.of(query);
        this.reader = new PcmReader(draft);
        this.writer = new PcmWriter(host.alloc());
        this.idle = host.newWake(this::onIdle);
    }

    @Override
    public void open() {
        messageNanos = host.nanoTime();
        idle.set(messageNanos + IDLE_NANOS);
    }

    @Override
    public void onText(ByteBuf text, long nowNanos) {
        messageNanos = nowNanos;
        try {
            reader.read(text, messages);
        } catch (ClientFault fault) {
            if (call != null) {
                writeError(fault, false);
                return;
            }
            writeError(fault, true);
            leave(WebSocketCloseStatus.INVALID_MESSAGE_TYPE, "The first message cannot be read.", "bad_message");
        }
    }

    @Override
    public void onBinary(ByteBuf audio, long nowNanos) {
        messageNanos = nowNanos;
        call().onAudio(audio, nowNanos);
    }

    @Override
    public void send(ServerEvent event) {
        if (call != null) event.dispatchTo(call.projection);
    }

    @Override
    public void sendAudio(PartRef part, ByteBuf audio) {
        if (call == null) audio.release();
        else call.sendAudio(part, audio);
    }

    @Override
    public boolean wantsAudio() {
        return call != null && call.frames.isEmpty();
    }

    @Override
    public void onWritable(long nowNanos) {
        if (call != null) call.goOn(nowNanos);
    }

    @Override
    public Goodbye end(CloseReason reason) {
        if (call != null) call.frames.close();
        Goodbye last = goodbye == null ? goodbyeFor(reason) : goodbye;
        host.writeUnlessClosing(writer.bye(byeReason.isEmpty() ? byeFor(reason) : byeReason));
        return last;
    }

    private static Goodbye goodbyeFor(CloseReason reason) {
        return switch (reason) {
            case NORMAL -> new Goodbye(WebSocketCloseStatus.NORMAL_CLOSURE, "");
            case SESSION_EXPIRED ->
                new Goodbye(WebSocketCloseStatus.NORMAL_CLOSURE, "The session hit its maximum duration.");
            case GOING_AWAY -> new Goodbye(WebSocketCloseStatus.TRY_AGAIN_LATER, "The gateway is going away.");
            case INTERNAL_ERROR -> new Goodbye(WebSocketCloseStatus.INTERNAL_SERVER_ERROR, "The gateway failed.");
            case OVERLOADED -> new Goodbye(WebSocketCloseStatus.TRY_AGAIN_LATER, "The gateway is overloaded.");
        };
    }

    private static String byeFor(CloseReason reason) {
        return switch (reason) {
            case NORMAL -> "stop";
            case SESSION_EXPIRED -> "expired";
            case GOING_AWAY -> "going_away";
            case INTERNAL_ERROR -> "internal_error";
            case OVERLOADED -> "overloaded";
        };
    }

    private void leave(WebSocketCloseStatus status, String sentence, String reason) {
        goodbye = new Goodbye(status, sentence);
        byeReason = reason;
        if (call == null) host.close(CloseReason.NORMAL);
        else call.session.close(CloseReason.NORMAL, host.nanoTime());
    }

    private void onIdle(long nowNanos) {
        long leftNanos = messageNanos + IDLE_NANOS - nowNanos;
        if (leftNanos > 0) idle.set(nowNanos + leftNanos);
        else
            leave(
                    IDLE_TIMEOUT,
                    "Nothing has come for " + TimeUnit.MILLISECONDS.toMinutes(IDLE_MILLIS) + " min.",
                    "idle");
    }

    private void writeError(ClientFault fault, boolean isFatal) {
        write(writer.error(fault.code(), fault.sentence(), isFatal));
    }

    /** @param json taken */
    private void write(ByteBuf json) {
        host.write(new TextWebSocketFrame(json));
    }

    /** The client has said something: its session is there from now on. */
    private Call call() {
        Call begun = call;
        if (begun == null) {
            begun = new Call(draft.settings());
            call = begun;
            begun.open();
        }
        return begun;
    }

    /** What the client's text messages mean. */
    private final class Messages implements PcmMessages {
        @Override
        public void onStart() {
            if (call != null) {
                throw new ClientFault(
                        PcmReader.BAD_MESSAGE, "start: late (expected: as the first message)", "type", null);
            }
            call();
        }

        @Override
        public void onEnd() {
            call().endTurn(messageNanos);
        }

        @Override
        public void onCancel() {
            if (call != null) call.interrupt(ClearReason.CANCEL, messageNanos);
        }

        @Override
        public void onMark(String mark, boolean isFlushed) {
            if (call != null && !isFlushed) call.items.onPlayedWhole(mark);
        }

        @Override
        public void onPlayed(String itemId, long millis) {
            if (call != null) call.onPlayed(itemId, millis, messageNanos);
        }

        @Override
        public void onText(String text) {
            call().onTyped(text, messageNanos);
        }

        @Override
        public void onPing(@Nullable String t) {
            write(writer.pong(t));
        }

        @Override
        public void onStop() {
            if (call == null) leave(WebSocketCloseStatus.NORMAL_CLOSURE, "", "stop");
            else call.stop(messageNanos);
        }
    }

    /** The session of this client, and what is on its way out of it. */
    private final class Call {
        final PcmSettings settings;
        final ClientInlet session;
        final LeadPacer pacer;
        final PacedFrames frames;
        final SpokenItems items;
        final PcmProjection projection;
        final Wake silence;
        final Wake leaving;

        boolean isSpeaking; // the person, as the turn detector hears it
        boolean isAnswering; // a response is active
        boolean hasCommitted; // a turn was taken out of the audio
        boolean isStopping; // the client has nothing more to say
        long audioNanos; // when its newest audio came

        Call(PcmSettings settings) {
            this.settings = settings;
            AudioFormat out = settings.sound().out();
            pacer = new LeadPacer(out, settings.sound().leadMillis());
            frames = new PacedFrames(host, out, pacer, host.newWake(this::goOn));
            items = new SpokenItems(out);
            silence = host.newWake(this::onSilence);
            leaving = host.newWake(now -> leaveIfDone());
            projection = new PcmProjection(writer, settings.words(), new Steps());
            String model = settings.model().isEmpty() ? opening.model() : settings.model();
            session = host.begin(new Opening(opening.client(), model, opening.bound(), false));
        }

        void open() {
            session.open(messageNanos);
            SessionSettings wanted = settings.over(session.settings());
            session.onCommand(new ClientCommand.SessionUpdate(null, wanted), messageNanos);
            write(writer.ready(projection.sessionId(), settings.sound()));
        }

        // ---- from the client ----

        /** @param audio lent */
        void onAudio(ByteBuf audio, long nowNanos) {
            if (isStopping || !audio.isReadable()) return;
            audioNanos = nowNanos;
            AudioFormat in = settings.sound().in();
            if (audio.readableBytes() % in.bytesPerSample() == 0) {
                session.onAudio(audio, nowNanos);
            } else {
                write(writer.error(
                        "bad_audio",
                        "audio: " + audio.readableBytes() + " bytes (expected: whole samples of 2 bytes)",
                        false));
            }
        }

        /** Where the gateway hears turns itself, there may be none to end: the device heard what was nothing. */
        void endTurn(long nowNanos) {
            if (!settings.isManual() && !isSpeaking) return;
            hasCommitted = false;
            session.onCommand(new ClientCommand.InputAudioCommit(null), nowNanos);
            if (hasCommitted) answer(nowNanos);
        }

        void onTyped(String text, long nowNanos) {
            Item typed = new Item.Message(
                    "", ItemStatus.COMPLETED, Item.Role.USER, List.of(new ContentPart.InputText(text)));
            interrupt(ClearReason.BARGE_IN, nowNanos);
            session.onCommand(new ClientCommand.ItemCreate(null, typed, null), nowNanos);
            answer(nowNanos);
        }

        private void answer(long nowNanos) {
            interrupt(ClearReason.BARGE_IN, nowNanos);
            if (isAnswering) return;
            session.onCommand(new ClientCommand.ResponseCreate(null, session.settings(), Map.of()), nowNanos);
        }

        /** The reply shall stop now, and what the client has not played was not heard. */
        void interrupt(ClearReason reason, long nowNanos) {
            List<SpokenItems.Cut> cuts = clear(reason, nowNanos);
            if (isAnswering) session.onCommand(new ClientCommand.ResponseCancel(null, null), nowNanos);
            for (SpokenItems.Cut cut : cuts) {
                if (!cut.isHeardWhole()) truncate(cut.itemId(), cut.heardMillis(), nowNanos);
            }
        }

        private List<SpokenItems.Cut> clear(ClearReason reason, long nowNanos) {
            List<SpokenItems.Cut> cuts = items.cut(frames.unplayedSamples(nowNanos), pacer.playedAtNanos(), nowNanos);
            if (!cuts.isEmpty()) frames.flush(nowNanos);
            for (SpokenItems.Cut cut : cuts) write(writer.clear(cut.itemId(), reason));
            return cuts;
        }

        void onPlayed(String itemId, long millis, long nowNanos) {
            if (items.isWordInTime(itemId, nowNanos)) truncate(itemId, millis, nowNanos);
            else items.onPlayed(itemId, millis);
        }

        private void truncate(String itemId, long heardMillis, long nowNanos) {
            session.onCommand(new ClientCommand.ItemTruncate(null, itemId, 0, heardMillis), nowNanos);
        }

        void stop(long nowNanos) {
            isStopping = true;
            leaving.set(nowNanos);
        }

        // ---- to the client ----

        /** @param audio taken */
        void sendAudio(PartRef part, ByteBuf audio) {
            if (!items.isInFlight(part.itemId())) {
                audio.release();
                return;
            }
            messageNanos = host.nanoTime();
            items.onAudio(part.itemId(), settings.sound().out().samplesIn(audio.readableBytes()));
            frames.addAudio(part.responseId(), audio, messageNanos);
        }

        /** What waits may leave by now; when all has, the session may say more. */
        void goOn(long nowNanos) {
            frames.release(nowNanos);
            if (!frames.isEmpty() || !host.isWritable()) return;
            session.onClientWritable(nowNanos);
            leaveIfDone();
        }

        private void leaveIfDone() {
            if (isStopping && !isAnswering && frames.isEmpty()) {
                leave(WebSocketCloseStatus.NORMAL_CLOSURE, "", "stop");
            }
        }

        /** The client's frames have stopped: a device that saves silence does so, and the turn must still end. */
        private void onSilence(long nowNanos) {
            if (!isSpeaking || isStopping) return;
            long quietNanos = nowNanos - audioNanos;
            if (quietNanos < SILENCE_NANOS) {
                silence.set(audioNanos + SILENCE_NANOS);
                return;
            }
            ByteBuf quiet = silenceOf(settings.sound().in());
            try {
                session.onAudio(quiet, nowNanos);
            } finally {
                quiet.release();
            }
            if (isSpeaking) silence.set(nowNanos + SILENCE_NANOS);
        }

        private ByteBuf silenceOf(AudioFormat format) {
            int bytes = (int) format.bytesOf(format.samplesInMillis(SILENCE_MILLIS));
            ByteBuf quiet = host.alloc().buffer(bytes);
            if (format.encoding() == AudioFormat.Encoding.PCM16) return quiet.writeZero(bytes);
            for (int i = 0; i < bytes; i++) quiet.writeByte(0xFF); // G.711 µ-law: zero
            return quiet;
        }

        /** What the session's events mean for what is on its way. */
        private final class Steps implements PcmProjection.Listener {
            @Override
            public void write(ByteBuf json) {
                PcmWire.this.write(json);
            }

            @Override
            public void writeInOrder(ByteBuf json) {
                frames.addText(json);
            }

            @Override
            public void onSpeechStarted() {
                isSpeaking = true;
                silence.set(audioNanos + SILENCE_NANOS);
                SessionSettings.TurnDetection detection =
                        session.settings().input().turnDetection();
                // The session breaks off its answer by itself, and counts what was heard of it.
                if (detection != null && detection.interruptResponse()) clear(ClearReason.BARGE_IN, host.nanoTime());
            }

            @Override
            public void onSpeechStopped() {
                isSpeaking = false;
                silence.cancel();
            }

            @Override
            public void onCommitted() {
                hasCommitted = true;
            }

            @Override
            public void onAnswerBegun() {
                isAnswering = true;
            }

            @Override
            public void onAnswerEnded() {
                isAnswering = false;
                if (isStopping) leaving.set(host.nanoTime());
            }

            @Override
            public void onReplyBegun(String itemId) {
                items.begin(itemId, frames.unplayedSamples(host.nanoTime()));
            }

            @Override
            public boolean isInFlight(String itemId) {
                return items.isInFlight(itemId);
            }

            @Override
            public long onReplyEnded(String itemId) {
                return items.end(itemId);
            }
        }
    }
}
