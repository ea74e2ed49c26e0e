package dev.antiphon.cascade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.cascade.CascadeSettings.Hearing;
import dev.antiphon.cascade.CascadeSettings.Thinking;
import dev.antiphon.cascade.SpeechSettings.Portions;
import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.BodyRequest;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatMessage.UserPart;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.SpeechRequest;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionListener;
import dev.antiphon.upstream.TranscriptionRequest;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The models behind a cascade and the one who asks, all played by the test. */
final class CascadeHarness {
    static final UpstreamFault BROKEN = fault("broken", true);
    static final SpeechSettings SPEECH =
            new SpeechSettings("tts", Map.of("alloy", "af_bella"), null, "Softly.", 1, new Portions(0, 0, 280));

    final List<FakeTranscription> transcriptions = new ArrayList<>();
    final List<FakeChat> chats = new ArrayList<>();
    final List<FakeSpeech> speeches = new ArrayList<>();
    final Deque<Runnable> later = new ArrayDeque<>();
    final Reply reply = new Reply();
    final List<String> costs = new ArrayList<>();
    boolean refusesToWriteSpeech;
    private boolean isInside; // start, cancel or resumeReads
    Runnable onRing = () -> {};
    int rings;

    static UpstreamFault fault(String message, boolean retryable) {
        return new UpstreamFault(UpstreamFault.Kind.TRUNCATED, 200, "server_error", null, null, message, retryable);
    }

    static ChatRequest request(ChatMessage... messages) {
        return new ChatRequest(
                "antiphon",
                List.of(messages),
                new ChatRequest.Speech("alloy"),
                ChatRequest.Tools.NONE,
                ChatRequest.Sampling.DEFAULT);
    }

    static UserMessage user(Object... parts) {
        return new UserMessage(Stream.of(parts)
                .map(part ->
                        part instanceof AudioClip clip ? (UserPart) new AudioPart(clip) : new TextPart((String) part))
                .toList());
    }

    static AudioClip clip(int millis) {
        return AudioClip.of(24_000, new byte[millis * 48]);
    }

    Cascade cascade() {
        return cascade(
                new CascadeSettings(new Hearing("whisper", "en", null), new Thinking("text-model", null), SPEECH));
    }

    Cascade cascade(CascadeSettings settings) {
        return new Cascade(
                settings,
                new Cascade.Stages(this::transcribe, this::chatsRinging, this::speak),
                new CascadeCosts() {
                    @Override
                    public void onTranscribed(String model, TranscriptionUsage usage) {
                        costs.add(model + " " + usage);
                    }

                    @Override
                    public void onSpeechAsked(String model, int characters) {
                        costs.add(model + " " + characters);
                    }
                },
                later::add,
                this::ring);
    }

    SpokenFallback fallback() {
        return new SpokenFallback(SPEECH, this::chatsRinging, this::speak, CascadeCosts.NONE, later::add, this::ring);
    }

    /** Starts, and sees that nothing is rung from inside. */
    UpstreamCalls.Call start(UpstreamCalls calls, ChatRequest request) {
        UpstreamCalls.Call[] started = new UpstreamCalls.Call[1];
        inside(() -> started[0] = calls.start(request, reply));
        UpstreamCalls.Call call = started[0];
        return new UpstreamCalls.Call() {
            @Override
            public void cancel() {
                reply.isCancelled = true;
                inside(call::cancel);
            }

            @Override
            public void resumeReads() {
                inside(call::resumeReads);
            }
        };
    }

    void runLater() {
        for (Runnable task = later.poll(); task != null; task = later.poll()) task.run();
    }

    /** How many calls to any model are neither over nor cancelled. */
    long open() {
        return transcriptions.stream().filter(each -> !each.isOver).count()
                + chats.stream().filter(each -> !each.isOver).count()
                + speeches.stream().filter(each -> !each.isOver).count();
    }

    FakeChat chat() {
        return chats.get(chats.size() - 1);
    }

    FakeSpeech speech(int index) {
        return speeches.get(index);
    }

    List<String> spoken() {
        return speeches.stream().map(FakeSpeech::input).toList();
    }

    private void inside(Runnable task) {
        boolean before = isInside;
        isInside = true;
        task.run();
        isInside = before;
    }

    private void ring(ReplyInlet readable) {
        assertThat(readable).isSameAs(reply);
        assertThat(isInside).as("rung from inside start, cancel or resumeReads").isFalse();
        assertThat(reply.isCancelled).as("rung after cancel").isFalse();
        assertThat(reply.news).as("rung without news").isPositive();
        reply.news = 0;
        rings++;
        onRing.run();
    }

    private TranscriptionCalls.Call transcribe(TranscriptionRequest request, TranscriptionListener out) {
        FakeTranscription call = new FakeTranscription(request, out);
        transcriptions.add(call);
        return call;
    }

    private UpstreamCalls chatsRinging(Consumer<ReplyInlet> onReadable) {
        return (request, inlet) -> {
            FakeChat call = new FakeChat(request, inlet, onReadable);
            chats.add(call);
            return call;
        };
    }

    private BodyCalls.Call speak(BodyRequest request, BodyListener out) {
        if (refusesToWriteSpeech) throw new IllegalArgumentException("speech: none (expected: not asked)");
        FakeSpeech call = new FakeSpeech((SpeechRequest) request, out);
        speeches.add(call);
        return call;
    }

    static final class FakeTranscription implements TranscriptionCalls.Call {
        final TranscriptionRequest request;
        private final TranscriptionListener out;
        boolean isOver;

        FakeTranscription(TranscriptionRequest request, TranscriptionListener out) {
            this.request = request;
            this.out = out;
        }

        void completes(String transcript) {
            isOver = true;
            out.onDelta("piece");
            out.onCompleted(transcript, TranscriptionUsage.NONE);
        }

        void fails(UpstreamFault fault) {
            isOver = true;
            out.onFault(fault);
        }

        @Override
        public void cancel() {
            isOver = true;
        }
    }

    static final class FakeChat implements UpstreamCalls.Call {
        final ChatRequest request;
        final ReplyInlet inlet;
        private final Consumer<ReplyInlet> onReadable;
        boolean isOver;
        int resumes;

        FakeChat(ChatRequest request, ReplyInlet inlet, Consumer<ReplyInlet> onReadable) {
            this.request = request;
            this.inlet = inlet;
            this.onReadable = onReadable;
        }

        /** One read. */
        void reads(Consumer<ReplyInlet> events) {
            events.accept(inlet);
            if (!isOver) onReadable.accept(inlet);
        }

        void writes(String... deltas) {
            reads(to -> {
                for (String delta : deltas) to.onText(delta);
            });
        }

        void completes() {
            reads(to -> {
                to.onFinish(FinishReason.STOP);
                to.onUsage(new Usage(Usage.NONE.input(), Usage.NONE.output(), 7));
                to.onCompleted();
            });
            isOver = true;
        }

        void fails(UpstreamFault fault) {
            reads(to -> to.onFault(fault));
            isOver = true;
        }

        String asked() {
            return request.messages().stream().map(CascadeHarness::text).collect(Collectors.joining(" | "));
        }

        @Override
        public void cancel() {
            isOver = true;
        }

        @Override
        public void resumeReads() {
            resumes++;
        }
    }

    private static String text(ChatMessage message) {
        if (message instanceof UserMessage user) {
            return user.parts().stream()
                    .map(part -> part instanceof TextPart text ? text.text() : part.toString())
                    .collect(Collectors.joining("+"));
        }
        return message.toString();
    }

    static final class FakeSpeech implements BodyCalls.Call {
        final SpeechRequest request;
        private final BodyListener out;
        boolean isOver;
        boolean isPaused;
        int resumes;

        FakeSpeech(SpeechRequest request, BodyListener out) {
            this.request = request;
            this.out = out;
        }

        String input() {
            return request.input();
        }

        void head(String contentType) {
            if (!isOver) out.onHead(contentType);
        }

        /** So many bytes, each the length of the input. */
        void bytes(int count) {
            byte[] sound = new byte[count];
            java.util.Arrays.fill(sound, value(input()));
            bytes(sound);
        }

        void bytes(byte[] sound) {
            if (isOver) return;
            ByteBuf piece = PooledByteBufAllocator.DEFAULT.buffer(sound.length).writeBytes(sound);
            try {
                isPaused = out.isFull();
                out.onBody(piece);
                if (!isOver) isPaused |= out.isFull();
            } finally {
                piece.release();
            }
        }

        boolean isFull() {
            return out.isFull();
        }

        void completes() {
            if (isOver) return;
            isOver = true;
            out.onCompleted();
        }

        void fails(UpstreamFault fault) {
            if (isOver) return;
            isOver = true;
            out.onFault(fault);
        }

        @Override
        public void cancel() {
            isOver = true;
        }

        @Override
        public void resumeReads() {
            resumes++;
            isPaused = false;
        }

        static byte value(String spoken) {
            return (byte) (1 + Math.abs(spoken.hashCode() % 100));
        }
    }

    /** The asker's inlet: fails at once on what the contract forbids. */
    static final class Reply implements ReplyInlet {
        final List<String> said = new ArrayList<>();
        final List<Byte> soundValues = new ArrayList<>(); // of each line "audio"
        boolean isFull;
        /** Full after so many bytes, until they are taken. */
        long roomBytes = Long.MAX_VALUE;

        boolean isCancelled;
        int news;
        int words;

        @Nullable
        UpstreamFault fault;

        private void say(String line) {
            assertThat(words).as("after the last word: " + line).isZero();
            assertThat(isCancelled).as("after cancel: " + line).isFalse();
            said.add(line);
            news++;
        }

        List<String> take() {
            List<String> taken = List.copyOf(said);
            said.clear();
            soundValues.clear();
            return taken;
        }

        @Override
        public void onAudio(ByteBuf pcm) {
            assertThat(pcm.readableBytes()).isPositive().matches(bytes -> bytes % 2 == 0, "whole samples");
            roomBytes -= pcm.readableBytes();
            say("audio " + pcm.readableBytes());
            soundValues.add(pcm.getByte(pcm.readerIndex()));
        }

        @Override
        public boolean isFull() {
            return isFull || roomBytes <= 0;
        }

        @Override
        public void onTranscript(String delta) {
            assertThat(delta).isNotEmpty();
            say("words " + delta);
        }

        @Override
        public void onText(String delta) {
            assertThat(delta).isNotEmpty();
            say("text " + delta);
        }

        @Override
        public void onToolCall(
                int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
            say("call " + index + " " + callId + " " + name + " " + argumentsDelta);
        }

        @Override
        public void onCompleted() {
            say("completed");
            words++;
        }

        @Override
        public void onFault(UpstreamFault newFault) {
            say("fault " + newFault.message() + (newFault.retryable() ? " retryable" : ""));
            fault = newFault;
            words++;
        }

        @Override
        public void onStage(Stage stage, long atNanos) {
            say("stage " + stage);
        }

        @Override
        public void onRateLimits(List<RateLimit> rateLimits) {
            say("limits");
        }

        @Override
        public void onRole(String role) {
            say("role " + role);
        }

        @Override
        public void onAudioId(String audioId) {
            say("id " + audioId);
        }

        @Override
        public void onRefusal(String delta) {
            say("refusal " + delta);
        }

        @Override
        public void onUsage(Usage usage) {
            say("usage " + usage.totalTokens());
        }

        @Override
        public void onAudioExpiry(long expiresAtUnixSeconds) {
            say("expiry");
        }

        @Override
        public void onFinish(FinishReason reason) {
            say("finish " + reason);
        }

        @Override
        public void onTick() {
            say("tick");
        }
    }
}
