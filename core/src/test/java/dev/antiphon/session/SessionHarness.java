package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.SessionSettings.TurnDetection;
import dev.antiphon.turn.TurnDetector;
import dev.antiphon.turn.TurnListener;
import dev.antiphon.turn.TurnSettings;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionListener;
import dev.antiphon.upstream.TranscriptionRequest;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.UsageSplit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** A session with all its ports played by the test, and time turned by hand. */
final class SessionHarness implements ClientOutlet, UpstreamCalls, Timers, TurnObserver, AutoCloseable {
    static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    static final long UNIX_SECONDS = 1_780_000_000L;

    final ByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
    final List<ServerEvent> events = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    final List<FakeCall> calls = new ArrayList<>();
    final List<ResponseSnapshot> endedTurns = new ArrayList<>();
    final List<TurnTimeline> timelines = new ArrayList<>();
    final List<TurnTimeline> flushedCancels = new ArrayList<>();
    private final List<LongConsumer> flushListeners = new ArrayList<>();
    final List<ResponseUsage> usages = new ArrayList<>();
    UsageSplit paid = UsageSplit.NONE;
    final Map<Deadline, Long> timers = new EnumMap<>(Deadline.class);
    final ScriptedDetector detector = new ScriptedDetector();
    final Session session;

    long now = 42 * SECOND;
    boolean writable = true;
    long audioBytesSent;
    final ByteArrayOutputStream audioSent = new ByteArrayOutputStream();

    @Nullable
    CloseReason closed;

    private int asserted;

    SessionHarness() {
        this(SessionSettings.defaults("gpt-audio", "alloy"));
    }

    SessionHarness(SessionSettings settings) {
        this(settings, SessionLimits.DEFAULT);
    }

    SessionHarness(SessionSettings settings, SessionLimits limits) {
        this(settings, limits, MemorySettings.DEFAULT);
    }

    SessionHarness(SessionSettings settings, SessionLimits limits, MemorySettings memory) {
        int[] counter = {0};
        SessionIds ids = prefix -> prefix + ++counter[0];
        session = new Session(
                "sess_1",
                new SessionStart(settings, ids, limits, memory, turn -> detector.with(turn), UNIX_SECONDS),
                new SessionPorts(this, this, this::transcribe, this, this));
    }

    static SessionSettings pushToTalk() {
        SessionSettings settings = SessionSettings.defaults("gpt-audio", "alloy");
        return settings.withInput(new SessionSettings.Input(FORMAT, null));
    }

    static SessionSettings inText() {
        SessionSettings settings = pushToTalk();
        return settings.withOutput(new SessionSettings.Output(Modality.TEXT, FORMAT, "alloy", 1));
    }

    static SessionSettings withVad(boolean createResponse, boolean interruptResponse) {
        SessionSettings settings = SessionSettings.defaults("gpt-audio", "alloy");
        return settings.withInput(new SessionSettings.Input(
                FORMAT, new TurnDetection(TurnSettings.DEFAULT, createResponse, interruptResponse)));
    }

    static SessionSettings transcribed(SessionSettings settings) {
        SessionSettings.Input input = settings.input();
        return settings.withInput(new SessionSettings.Input(
                input.format(),
                input.turnDetection(),
                new SessionSettings.Transcription("whisper-1", "en", null),
                null));
    }

    /** With {@code idle_timeout_ms}. */
    static SessionSettings impatient(int idleTimeoutMillis) {
        SessionSettings settings = SessionSettings.defaults("gpt-audio", "alloy");
        return settings.withInput(new SessionSettings.Input(
                FORMAT, new TurnDetection(TurnSettings.DEFAULT, true, true, idleTimeoutMillis)));
    }

    /** Time passes to each deadline that is set, but for the end of the session. */
    void fireTimers() {
        for (Deadline deadline : Deadline.values()) {
            Long atNanos = timers.get(deadline);
            if (atNanos == null || deadline == Deadline.SESSION) continue;
            timers.remove(deadline);
            now = Math.max(now, atNanos);
            session.onTimer(deadline, now);
        }
    }

    static SessionSettings withFormat(SessionSettings settings, AudioFormat bothWays, double speedRatio) {
        return settings.withInput(
                        new SessionSettings.Input(bothWays, settings.input().turnDetection()))
                .withOutput(new SessionSettings.Output(Modality.AUDIO, bothWays, "alloy", speedRatio));
    }

    SessionHarness open() {
        session.open(now);
        return this;
    }

    // ---- the client ----

    void advanceMillis(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    void command(ClientCommand command) {
        session.onCommand(command, now);
    }

    void type(String text) {
        command(new ClientCommand.ItemCreate(null, userText("", text), null));
    }

    static Item userText(String id, String text) {
        return new Item.Message(id, ItemStatus.COMPLETED, Item.Role.USER, List.of(new ContentPart.InputText(text)));
    }

    void ask() {
        command(new ClientCommand.ResponseCreate(null, session.settings(), Map.of()));
    }

    /** Silence or whatever, as the detector is scripted; time passes with it. */
    void hearMillis(int millis) {
        ByteBuf pcm = allocator.buffer();
        pcm.writeZero((int) FORMAT.bytesOf(FORMAT.samplesInMillis(millis)));
        advanceMillis(millis);
        session.onAudio(pcm, now);
        pcm.release();
    }

    /** Whatever the client sends, in its own format. */
    void hear(byte[] audio) {
        ByteBuf buffer = allocator.buffer().writeBytes(audio);
        session.onAudio(buffer, now);
        assertThat(buffer.refCnt()).as("lent").isEqualTo(1);
        buffer.release();
    }

    /** A whole spoken turn of one second, decided half a second later. */
    void speakTurn() {
        detector.startAt(detector.heard + FORMAT.samplesInMillis(400));
        hearMillis(1000);
        detector.stopAt(detector.heard);
        hearMillis(500);
    }

    void startSpeaking() {
        detector.startAt(detector.heard);
        hearMillis(100);
    }

    // ---- the model ----

    FakeCall call() {
        return calls.get(calls.size() - 1);
    }

    void modelSays(String transcript, int audioMillis) {
        FakeCall call = call();
        if (!transcript.isEmpty()) call.reply.onTranscript(transcript);
        if (audioMillis > 0) call.speak(audioMillis);
        session.onReplyReadable(now);
    }

    void modelEnds() {
        call().reply.onCompleted();
        session.onReplyReadable(now);
    }

    final class FakeCall implements Call {
        final ChatRequest request;
        final ReplyInlet reply;
        int cancels;
        int resumes;

        FakeCall(ChatRequest request, ReplyInlet reply) {
            this.request = request;
            this.reply = reply;
        }

        void speak(int millis) {
            short[] samples = new short[(int) FORMAT.samplesInMillis(millis)];
            Arrays.fill(samples, (short) 1000);
            speak(samples);
        }

        void speak(short... samples) {
            ByteBuf pcm = allocator.buffer();
            for (short sample : samples) pcm.writeShortLE(sample);
            reply.onAudio(pcm);
            pcm.release();
        }

        @Override
        public void cancel() {
            cancels++;
        }

        @Override
        public void resumeReads() {
            resumes++;
        }
    }

    /** A transcription that the test speaks for. */
    static final class FakeTranscription implements TranscriptionCalls.Call {
        final TranscriptionRequest request;
        final TranscriptionListener listener;
        int cancels;
        boolean isOver;

        FakeTranscription(TranscriptionRequest request, TranscriptionListener listener) {
            this.request = request;
            this.listener = listener;
        }

        @Override
        public void cancel() {
            cancels++;
        }
    }

    final List<FakeTranscription> transcriptions = new ArrayList<>();

    private TranscriptionCalls.Call transcribe(TranscriptionRequest request, TranscriptionListener listener) {
        FakeTranscription started = new FakeTranscription(request, listener);
        transcriptions.add(started);
        return started;
    }

    // ---- what was seen ----

    /** The names of the events since the last time they were asked for; {@code audio} for each frame of sound. */
    List<String> newEvents() {
        List<String> names = List.copyOf(log.subList(asserted, log.size()));
        asserted = log.size();
        return names;
    }

    <E extends ServerEvent> E last(Class<E> type) {
        for (int i = events.size() - 1; i >= 0; i--) {
            if (type.isInstance(events.get(i))) return type.cast(events.get(i));
        }
        throw new AssertionError("no " + type.getSimpleName() + " among " + events.size() + " events");
    }

    ServerEvent.ErrorEvent lastError() {
        return last(ServerEvent.ErrorEvent.class);
    }

    // ---- ports ----

    @Override
    public void send(ServerEvent event) {
        events.add(event);
        log.add(event.getClass().getSimpleName());
    }

    @Override
    public void sendAudio(PartRef part, ByteBuf audio) {
        AudioFormat format = last(ServerEvent.ResponseCreated.class)
                .response()
                .settings()
                .output()
                .format();
        assertThat(audio.readableBytes() % format.bytesPerSample())
                .as("whole samples")
                .isZero();
        assertThat(audio.readableBytes()).isBetween(1, (int) format.bytesOf(format.sampleRateHz()));
        audioBytesSent += audio.readableBytes();
        audioSent.writeBytes(ByteBufUtil.getBytes(audio));
        log.add("audio");
        audio.release();
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public void onceFlushed(LongConsumer listener) {
        flushListeners.add(listener);
    }

    /** The client's socket has taken all that was sent. */
    void flushAt(long atNanos) {
        List<LongConsumer> told = List.copyOf(flushListeners);
        flushListeners.clear();
        told.forEach(listener -> listener.accept(atNanos));
    }

    @Override
    public void close(CloseReason reason) {
        closed = reason;
    }

    @Override
    public Call start(ChatRequest request, ReplyInlet reply) {
        FakeCall call = new FakeCall(request, reply);
        calls.add(call);
        return call;
    }

    @Override
    public void set(Deadline deadline, long atNanos) {
        timers.put(deadline, atNanos);
    }

    @Override
    public void cancel(Deadline deadline) {
        timers.remove(deadline);
    }

    @Override
    public void onTurnEnded(ResponseSnapshot response, TurnTimeline timeline) {
        endedTurns.add(response);
        timelines.add(timeline);
    }

    @Override
    public void onCancelFlushed(TurnTimeline timeline) {
        flushedCancels.add(timeline);
    }

    @Override
    public void onUsage(ResponseUsage usage, @Nullable ResponseUsage before) {
        if (before != null) {
            assertThat(usages).as("corrects what was said").contains(before);
            usages.remove(before);
            paid = paid.minus(before.tokens());
        }
        usages.add(usage);
        paid = paid.plus(usage.tokens());
    }

    @Override
    public void close() {
        session.close(CloseReason.NORMAL, now);
    }

    /** Starts and stops where the test says. */
    static final class ScriptedDetector implements TurnDetector {
        long heard;
        int resets;

        @Nullable
        TurnSettings settings;

        private long startSample = -1;
        private long stopSample = -1;

        ScriptedDetector with(TurnSettings wanted) {
            settings = wanted;
            heard = 0; // a new detector: it has heard nothing
            startSample = -1;
            stopSample = -1;
            return this;
        }

        void startAt(long sample) {
            startSample = sample;
        }

        void stopAt(long sample) {
            stopSample = sample;
        }

        @Override
        public void onAudio(ByteBuf pcm, TurnListener out) {
            heard += FORMAT.samplesIn(pcm.readableBytes());
            if (startSample >= 0 && startSample <= heard) {
                long sample = startSample;
                startSample = -1;
                out.onSpeechStarted(sample);
            }
            long silence = settings == null ? 0 : FORMAT.samplesInMillis(settings.silenceDurationMillis());
            if (stopSample >= 0 && stopSample + silence <= heard) {
                long sample = stopSample;
                stopSample = -1;
                out.onSpeechStopped(sample, sample + silence);
            }
        }

        @Override
        public void reset() {
            resets++;
        }

        @Override
        public void configure(TurnSettings wanted) {
            settings = wanted;
        }
    }
}
