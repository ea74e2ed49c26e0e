package dev.antiphon.session;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Loudness;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Conversation;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.metrics.Stage;
import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.playout.DownlinkQueue;
import dev.antiphon.playout.Ledger;
import dev.antiphon.playout.LedgerEntry;
import dev.antiphon.session.ResponseSnapshot.Outcome;
import dev.antiphon.session.ResponseSnapshot.Reason;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A response from {@code response.created} to {@code response.done}: turns what the model says into output items and
 * tells the client of each step in the protocol's order.
 *
 * <pre>
 *  created ─▶ (item added ─▶ part added ─▶ deltas)* ─▶ (part done ─▶ item done)* ─▶ done
 * </pre>
 *
 * Whatever ends it, every part and item that was opened is closed before {@code response.done}.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class ActiveResponse implements DownlinkQueue.Sink<ReplyEvent>, ReplyEvent.Handler {
    /** Base64 of so much stays far below the 1 MiB frame that the strictest clients accept. */
    private static final int MAX_FRAME_MILLIS = 1_000;
    /** Quieter than breath in a quiet room. */
    private static final double AUDIBLE_DBFS = -50;

    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;

    /** Who started the response. */
    interface Owner {
        /** The first output item has been opened. */
        void onOutputBegun();

        /** The model is through; the owner ends the response with this outcome. */
        void onReplyEnded(Outcome outcome);

        /** The model failed; the owner ends the response, or starts it over where nothing has been said. */
        void onReplyFault(UpstreamFault fault);
    }

    private final ResponseSnapshot.Identity identity;
    private final SessionSettings settings;
    private final TurnTimeline timeline;
    private final @Nullable Conversation conversation; // null: out of band, its items are nobody's
    private final Ledger ledger;
    private final SessionIds ids;
    private final ClientOutlet client;
    private final Owner owner;
    private ReplyQueue queue = new ReplyQueue();
    private final SpokenReply sound;

    private final List<OutputItem> output = new ArrayList<>();
    private final Map<Integer, PendingCall> calls = new TreeMap<>(); // by the model's index
    private OutputItem.@Nullable SpokenOrWritten words;
    private long audibleSample = -1; // of what the client plays, the first that it hears; -1: all was quiet so far
    private @Nullable String audioId;
    private long audioExpiresAtUnixSeconds;
    private @Nullable Usage usage;
    private List<RateLimit> rateLimits = List.of();
    private String requestId = ""; // what the provider calls it; empty: it did not say
    private @Nullable FinishReason finishReason;
    private long nowNanos;
    private boolean ended;

    ActiveResponse(
            ResponseSnapshot.Identity identity,
            SessionSettings settings,
            TurnTimeline timeline,
            @Nullable Conversation conversation,
            Ledger ledger,
            SessionIds ids,
            ClientOutlet client,
            Owner owner) {
        this.identity = identity;
        this.settings = settings;
        this.timeline = timeline;
        this.conversation = conversation;
        this.ledger = ledger;
        this.ids = ids;
        this.client = client;
        this.owner = owner;
        this.sound = new SpokenReply(settings.output());
    }

    String id() {
        return identity.responseId();
    }

    /** What the provider calls the newest request; empty: it did not say. */
    String requestId() {
        return requestId;
    }

    ReplyQueue queue() {
        return queue;
    }

    boolean hasOutput() {
        return !output.isEmpty();
    }

    /** The model is asked again; nothing of its first reply was told to anyone. */
    void startOver() {
        if (hasOutput()) throw new IllegalStateException("response: " + id() + " has output (expected: none)");
        queue.close();
        queue = new ReplyQueue();
        audioId = null;
        usage = null;
        finishReason = null;
        calls.clear();
    }

    TurnTimeline timeline() {
        return timeline;
    }

    /** What has to be paid for, whether or not the provider says so. */
    UsageAccount.Made made() {
        long characters = 0;
        for (OutputItem item : output) {
            if (item instanceof OutputItem.SpokenOrWritten spoken) characters += spoken.characters();
            if (item instanceof OutputItem.Call call) characters += call.arguments.length();
        }
        return new UsageAccount.Made(words == null ? null : words.entry, characters, sound.spokenSamples());
    }

    ResponseSnapshot snapshot(Outcome outcome) {
        List<Item> items = new ArrayList<>(output.size());
        for (OutputItem item : output) items.add(item.snapshot(statusOfItems(outcome)));
        return new ResponseSnapshot(identity, outcome, items, settings, usage);
    }

    /** Hands on what the model has said, as far as the client takes it. */
    void drain(long now) {
        nowNanos = now;
        queue.drain(this);
    }

    /**
     * Closes what is open and sends {@code response.done}. What the model said and the client has not been sent is
     * dropped.
     */
    ResponseSnapshot end(Outcome outcome, long now) {
        if (ended) throw new IllegalStateException("response: " + id() + " has ended (expected: one end)");
        ended = true;
        queue.drain(new Unsent());
        sound.onDropped(queue.close());
        if (words != null && words.entry != null) {
            countGenerated(words.entry);
            words.entry.settle();
        }
        if (outcome.status() == Status.COMPLETED) {
            for (PendingCall call : calls.values()) call.complete();
            rememberSpokenAnswer();
        }
        timeline.mark(Stage.REPLY_WRITTEN, now);
        if (words != null && words.entry != null && words.entry.sentSamples() > 0)
            timeline.mark(Stage.PLAYED, ledger.playoutEndNanos());
        for (OutputItem item : output) close(item, statusOfItems(outcome));
        if (usage == null) usage = Usage.NONE;
        ResponseSnapshot done = snapshot(outcome);
        client.send(new ServerEvent.ResponseDone(done));
        if (!rateLimits.isEmpty()) client.send(new ServerEvent.RateLimitsUpdated(rateLimits));
        return done;
    }

    // ---- what the model says ----

    @Override
    public boolean wantsMore() {
        return !ended && client.isWritable();
    }

    @Override
    public void onControl(ReplyEvent event) {
        event.dispatchTo(this);
    }

    @Override
    public void onAudio(ByteBuf pcm) {
        if (settings.output().modality() == SessionSettings.Modality.TEXT) {
            pcm.release(); // asked for text: a server that speaks all the same is not heard
            return;
        }
        // Asked first: a stamp is an object, and this is called for each piece of the sound.
        if (!timeline.isMarked(Stage.FIRST_AUDIO_DELTA)) timeline.mark(Stage.FIRST_AUDIO_DELTA, nowNanos);
        OutputItem.SpokenOrWritten spoken = openWords();
        LedgerEntry entry = spoken.entry;
        if (entry == null) throw new IllegalStateException("ledger: no entry for " + spoken.part.itemId());
        noteFirstAudibleSample(pcm);
        ByteBuf audio = sound.onSpoken(pcm);
        countGenerated(entry);
        sendSound(spoken.part, entry, audio);
    }

    @Override
    public void onTranscript(String delta) {
        addWords(delta);
    }

    /** In audio too: some servers put what they speak into {@code content}. */
    @Override
    public void onText(String delta) {
        addWords(delta);
    }

    @Override
    public void onToolCallPiece(ReplyEvent.ToolCallPiece piece) {
        calls.computeIfAbsent(piece.index(), index -> new PendingCall()).add(piece);
    }

    @Override
    public void onAudioId(String newAudioId) {
        audioId = newAudioId;
    }

    @Override
    public void onAudioExpiry(long expiresAtUnixSeconds) {
        audioExpiresAtUnixSeconds = expiresAtUnixSeconds;
    }

    @Override
    public void onUsage(Usage newUsage) {
        usage = newUsage;
    }

    @Override
    public void onFinish(FinishReason reason) {
        finishReason = reason;
    }

    @Override
    public void onRateLimits(List<RateLimit> newRateLimits) {
        rateLimits = newRateLimits;
    }

    @Override
    public void onStage(Stage stage, long atNanos) {
        timeline.mark(stage, atNanos);
    }

    @Override
    public void onRequestId(String newRequestId) {
        requestId = newRequestId;
    }

    @Override
    public void onCompleted() {
        sendRestOfSound();
        owner.onReplyEnded(outcomeOf(finishReason));
    }

    @Override
    public void onFault(UpstreamFault fault) {
        sendRestOfSound();
        owner.onReplyFault(fault);
    }

    // ---- items ----

    private void addWords(String delta) {
        OutputItem.SpokenOrWritten target = openWords();
        target.add(delta);
        if (target.entry == null) {
            client.send(new ServerEvent.OutputTextDelta(target.part, delta));
        } else {
            client.send(new ServerEvent.OutputAudioTranscriptDelta(target.part, delta));
        }
    }

    private OutputItem.SpokenOrWritten openWords() {
        if (words != null) return words;
        String itemId = ids.next("item_");
        LedgerEntry entry = settings.output().modality() == SessionSettings.Modality.AUDIO
                ? ledger.open(itemId, settings.output().speedRatio())
                : null;
        OutputItem.SpokenOrWritten opened =
                new OutputItem.SpokenOrWritten(new PartRef(id(), itemId, output.size(), 0), entry);
        words = opened;
        add(opened, opened.part.outputIndex(), opened.empty());
        client.send(new ServerEvent.ContentPartAdded(opened.part, opened.kind()));
        return opened;
    }

    private void add(OutputItem item, int outputIndex, Item first) {
        output.add(item);
        if (conversation != null) conversation.append(first);
        if (output.size() == 1) owner.onOutputBegun();
        client.send(new ServerEvent.OutputItemAdded(id(), outputIndex, first));
        if (conversation != null) {
            client.send(new ServerEvent.ItemAdded(first, conversation.previousIdOf(first.id())));
        }
    }

    private void close(OutputItem item, ItemStatus status) {
        Item last = item.snapshot(status);
        if (conversation != null) conversation.replace(last);
        int outputIndex = output.indexOf(item);
        if (item instanceof OutputItem.SpokenOrWritten spoken) closePart(spoken);
        else if (item instanceof OutputItem.Call call && status == ItemStatus.COMPLETED) closeArguments(call);
        client.send(new ServerEvent.OutputItemDone(id(), outputIndex, last));
        if (conversation != null) {
            client.send(new ServerEvent.ItemDone(last, conversation.previousIdOf(last.id())));
        }
    }

    private void closePart(OutputItem.SpokenOrWritten item) {
        String text = item.text();
        if (item.entry == null) {
            client.send(new ServerEvent.OutputTextDone(item.part, text));
        } else {
            client.send(new ServerEvent.OutputAudioDone(item.part));
            client.send(new ServerEvent.OutputAudioTranscriptDone(item.part, text));
        }
        client.send(new ServerEvent.ContentPartDone(item.part, item.kind(), text));
    }

    private void closeArguments(OutputItem.Call call) {
        client.send(new ServerEvent.FunctionCallArgumentsDone(
                id(), call.itemId, call.outputIndex, call.callId, call.name, call.arguments.toString()));
    }

    private void rememberSpokenAnswer() {
        if (words == null || words.entry == null) return;
        words.entry.onGenerationEnded();
        if (audioId != null) {
            words.spokenAnswer = new ContentPart.SpokenAnswer(audioId, audioExpiresAtUnixSeconds);
        }
    }

    private static ItemStatus statusOfItems(Outcome outcome) {
        return switch (outcome.status()) {
            case IN_PROGRESS -> ItemStatus.IN_PROGRESS;
            case COMPLETED -> ItemStatus.COMPLETED;
            case CANCELLED, FAILED, INCOMPLETE -> ItemStatus.INCOMPLETE;
        };
    }

    private static Outcome outcomeOf(@Nullable FinishReason reason) {
        if (reason == null) return Outcome.COMPLETED; // an audio stream never says
        return switch (reason) {
            case STOP, TOOL_CALLS, OTHER -> Outcome.COMPLETED;
            case LENGTH -> new Outcome(Status.INCOMPLETE, Reason.MAX_OUTPUT_TOKENS, null);
            case CONTENT_FILTER -> new Outcome(Status.INCOMPLETE, Reason.CONTENT_FILTER, null);
            case ERROR ->
                new Outcome(
                        Status.FAILED,
                        null,
                        new ResponseSnapshot.Failure("server_error", null, "the model broke off its answer"));
        };
    }

    // ---- sound ----

    /** The model is through, by itself: what a change of speed or format still held back follows. */
    private void sendRestOfSound() {
        if (words == null || words.entry == null) return;
        sendSound(words.part, words.entry, sound.flush());
    }

    private void countGenerated(LedgerEntry entry) {
        entry.onGenerated(sound.generatedSamples() - entry.generatedSamples());
    }

    private void sendSound(PartRef part, LedgerEntry entry, ByteBuf audio) {
        markFirstAudibleSample(entry);
        ledger.onSent(entry, sound.sentSamples() - entry.sentSamples(), nowNanos);
        sendInFrames(part, audio);
    }

    private void sendInFrames(PartRef part, ByteBuf audio) {
        AudioFormat format = settings.output().format();
        int maxBytes = (int) format.bytesOf(format.samplesInMillis(MAX_FRAME_MILLIS));
        try {
            while (audio.readableBytes() > maxBytes) client.sendAudio(part, audio.readRetainedSlice(maxBytes));
            if (audio.isReadable()) client.sendAudio(part, audio.retain());
        } finally {
            audio.release();
        }
    }

    private void noteFirstAudibleSample(ByteBuf pcm) {
        if (audibleSample >= 0) return;
        int quietSamples = Loudness.firstAudibleSample(pcm, AUDIBLE_DBFS);
        if (quietSamples >= 0) audibleSample = sound.generatedSamplesAfter(quietSamples);
    }

    /** Before what {@code sound} gave out is counted as sent. */
    private void markFirstAudibleSample(LedgerEntry entry) {
        if (audibleSample < 0 || audibleSample >= sound.sentSamples()) return;
        if (timeline.isMarked(Stage.FIRST_AUDIBLE_SAMPLE)) return;
        long startNanos = ledger.isPlaying(nowNanos) ? ledger.playoutEndNanos() : nowNanos;
        timeline.mark(Stage.FIRST_AUDIBLE_SAMPLE, startNanos + FORMAT.nanosOf(audibleSample - entry.sentSamples()));
    }

    /**
     * What was said and will not be sent. It counts as generated, sound and words alike: what was heard is a share of all
     * there was.
     */
    private final class Unsent implements DownlinkQueue.Sink<ReplyEvent> {
        @Override
        public boolean wantsMore() {
            return true;
        }

        @Override
        public void onAudio(ByteBuf pcm) {
            sound.onDropped(pcm.readableBytes());
            pcm.release();
            if (words != null && words.entry != null) countGenerated(words.entry);
        }

        @Override
        public void onControl(ReplyEvent event) {
            if (words == null || words.entry == null) return;
            if (event instanceof ReplyEvent.Transcript transcript) words.entry.onTranscript(transcript.delta());
            else if (event instanceof ReplyEvent.Text text) words.entry.onTranscript(text.delta());
        }
    }

    /** A call as its pieces come: it becomes an output item as soon as its name is known. */
    private final class PendingCall {
        private final StringBuilder early = new StringBuilder(); // arguments that came before the name
        private @Nullable String callId;
        private OutputItem.@Nullable Call item;

        void add(ReplyEvent.ToolCallPiece piece) {
            if (callId == null && piece.callId() != null && !piece.callId().isEmpty()) callId = piece.callId();
            if (item == null && piece.name() != null && !piece.name().isEmpty()) open(piece.name());
            String delta = piece.argumentsDelta();
            if (delta == null || delta.isEmpty()) return;
            if (item == null) early.append(delta);
            else append(item, delta);
        }

        /** Clients demand JSON and at least one piece of it, also of a function without parameters. */
        void complete() {
            if (item != null && item.arguments.length() == 0) append(item, "{}");
        }

        private void open(String name) {
            OutputItem.Call opened = new OutputItem.Call(
                    ids.next("item_"), output.size(), callId != null ? callId : ids.next("call_"), name);
            item = opened;
            ActiveResponse.this.add(opened, opened.outputIndex, opened.snapshot(ItemStatus.IN_PROGRESS));
            if (early.length() > 0) append(opened, early.toString());
        }

        private void append(OutputItem.Call call, String delta) {
            call.arguments.append(delta);
            client.send(new ServerEvent.FunctionCallArgumentsDelta(
                    id(), call.itemId, call.outputIndex, call.callId, delta));
        }
    }
}
