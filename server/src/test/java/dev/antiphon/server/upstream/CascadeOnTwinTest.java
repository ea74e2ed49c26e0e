package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Loudness;
import dev.antiphon.cascade.Cascade;
import dev.antiphon.cascade.CascadeCosts;
import dev.antiphon.cascade.CascadeSettings;
import dev.antiphon.cascade.CascadeSettings.Hearing;
import dev.antiphon.cascade.CascadeSettings.Thinking;
import dev.antiphon.cascade.SpeechSettings;
import dev.antiphon.cascade.SpokenFallback;
import dev.antiphon.metrics.Stage;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.twin.speech.KnownSpeech;
import dev.antiphon.server.twin.speech.Speakers;
import dev.antiphon.server.twin.speech.TwinVoice;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.BodyRequest;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.SpeechRequest;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A cascade of three models that all are the twin: spoken turns without a key, from the clip to the last sample. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
class CascadeOnTwinTest {
    /** Speech as fast as it is spoken, so that a sentence takes its time. */
    private final Twin twin = Twin.start(TwinSettings.defaults().withPace(0, 2));

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = (EventLoop) loops.iterator().next();
    private final UpstreamClient client =
            new UpstreamClient(loops, LoopbackClient.settings(twin.baseUrl().toString()), NanoClock.SYSTEM);
    private final Told told = new Told(); // everything below is touched on the loop only
    private final List<String> speech = new ArrayList<>();
    private final List<String> costs = new ArrayList<>();
    private UpstreamCalls.@Nullable Call call;

    @AfterEach
    void close() {
        client.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        twin.close();
    }

    @Test
    void aSpokenTurnIsHeardThoughtAboutAndSpoken() throws Exception {
        String answer = "The first sentence is a rather long one, to be sure. The second one follows it.";
        start(cascade(), heard("say: " + answer));
        await().atMost(30, TimeUnit.SECONDS).until(() -> onLoop(() -> told.isOver));
        onLoop(() -> {
            assertThat(told.fault).isNull();
            assertThat(String.join("", told.transcripts)).isEqualTo(answer);
            assertThat(told.transcripts).hasSizeGreaterThan(1);
            byte[] pcm = told.pcm.toByteArray();
            assertThat(Loudness.rmsDbfs(Unpooled.wrappedBuffer(pcm))).isGreaterThan(-35);
            assertThat(KnownSpeech.ofThisProcess().wordsOf(AudioClip.of(24_000, pcm)))
                    .isEqualTo(answer);
            assertThat(speech.indexOf("asked 2"))
                    .as(speech.toString())
                    .isPositive()
                    .isLessThan(speech.indexOf("over 1"));
            assertThat(told.order).startsWith("twat").endsWith("ufc");
            assertThat(told.stages).contains(Stage.REQUEST_WRITTEN, Stage.FIRST_UPSTREAM_BYTE);
            assertThat(costs).first().asString().startsWith("whisper-1 Duration");
            return true;
        });
    }

    @Test
    void aCancelInTheMiddleLeavesNoCallOpen() throws Exception {
        start(cascade(), heard("speak for 60 seconds"));
        await().atMost(30, TimeUnit.SECONDS).until(() -> onLoop(() -> told.pcm.size() > 0));
        int heardBytes = onLoop(() -> {
            UpstreamCalls.Call running = call;
            if (running != null) running.cancel();
            return told.pcm.size();
        });
        assertThat(onLoop(client::idleConnections))
                .as("what was cancelled is closed")
                .isLessThanOrEqualTo(1);
        assertThat(onLoop(() ->
                        speech.stream().filter(line -> line.startsWith("asked")).count()))
                .isEqualTo(onLoop(() -> speech.stream()
                        .filter(line -> !line.startsWith("asked"))
                        .count()));
        for (int i = 0; i < 50; i++) onLoop(() -> true);
        assertThat(onLoop(() -> told.pcm.size())).isEqualTo(heardBytes);
        assertThat(onLoop(() -> told.isOver)).isFalse();
    }

    @Test
    void aFaultOfTheVoiceIsTheFaultOfTheTurn() throws Exception {
        start(cascade("fault:500"), heard("say: Anything at all."));
        await().atMost(30, TimeUnit.SECONDS).until(() -> onLoop(() -> told.isOver));
        assertThat(onLoop(() -> String.valueOf(told.fault)))
                .contains("httpStatus=500")
                .contains("isWorthwhile=true");
    }

    @Test
    void whatAnAudioModelWritesIsSpoken() throws Exception {
        SpokenFallback fallback = new SpokenFallback(
                SpeechSettings.of("tts-1"),
                ring -> client.callsOn(loop, ring),
                this::speak,
                CascadeCosts.NONE,
                loop,
                told::read);
        ChatMessage written = new ChatMessage.UserMessage(
                List.of(new ChatMessage.TextPart("answer in text, repeat after me: Here you are. That is all of it.")));
        start(
                fallback,
                new ChatRequest(
                        "gpt-audio",
                        List.of(written),
                        new ChatRequest.Speech("coral"),
                        ChatRequest.Tools.NONE,
                        ChatRequest.Sampling.DEFAULT));
        await().atMost(30, TimeUnit.SECONDS).until(() -> onLoop(() -> told.isOver));
        onLoop(() -> {
            assertThat(String.join("", told.transcripts)).isEqualTo("Here you are. That is all of it.");
            AudioClip clip = AudioClip.of(24_000, told.pcm.toByteArray());
            assertThat(KnownSpeech.ofThisProcess().wordsOf(clip)).isEqualTo("Here you are. That is all of it.");
            return true;
        });
    }

    private Cascade cascade() {
        return cascade("tts-1");
    }

    private Cascade cascade(String speechModel) {
        return new Cascade(
                new CascadeSettings(
                        new Hearing("whisper-1", "en", null),
                        new Thinking("a-text-model", null),
                        SpeechSettings.of(speechModel)),
                new Cascade.Stages(client.transcriptionsOn(loop), ring -> client.callsOn(loop, ring), this::speak),
                new CascadeCosts() {
                    @Override
                    public void onTranscribed(String model, dev.antiphon.upstream.TranscriptionUsage usage) {
                        costs.add(model + " " + usage);
                    }

                    @Override
                    public void onSpeechAsked(String model, int characters) {
                        costs.add(model + " " + characters);
                    }
                },
                loop,
                told::read);
    }

    private static ChatRequest heard(String words) {
        AudioClip clip = new Speakers().speak(words, TwinVoice.ECHO);
        ChatMessage spoken = new ChatMessage.UserMessage(List.of(new ChatMessage.AudioPart(clip)));
        return new ChatRequest(
                "antiphon",
                List.of(spoken),
                new ChatRequest.Speech("alloy"),
                ChatRequest.Tools.NONE,
                ChatRequest.Sampling.DEFAULT);
    }

    private void start(UpstreamCalls calls, ChatRequest request) throws Exception {
        onLoop(() -> {
            call = calls.start(request, told);
            return true;
        });
    }

    private <T> T onLoop(java.util.concurrent.Callable<T> task) throws Exception {
        return loop.submit(task).get(10, TimeUnit.SECONDS);
    }

    /** The real calls, written down. */
    private BodyCalls.Call speak(BodyRequest request, BodyListener out) {
        int number =
                (int) speech.stream().filter(line -> line.startsWith("asked")).count() + 1;
        assertThat(((SpeechRequest) request).input()).isNotBlank();
        speech.add("asked " + number);
        boolean[] isOver = new boolean[1];
        BodyCalls.Call real = client.bodiesOn(loop).start(request, new BodyListener() {
            @Override
            public void onHead(String contentType) {
                out.onHead(contentType);
            }

            @Override
            public void onBody(ByteBuf bytes) {
                out.onBody(bytes);
            }

            @Override
            public void onCompleted() {
                isOver[0] = true;
                speech.add("over " + number);
                out.onCompleted();
            }

            @Override
            public void onFault(UpstreamFault fault) {
                isOver[0] = true;
                speech.add("fault " + number);
                out.onFault(fault);
            }

            @Override
            public boolean isFull() {
                return out.isFull();
            }
        });
        return new BodyCalls.Call() {
            @Override
            public void cancel() {
                if (!isOver[0]) speech.add("cancelled " + number);
                isOver[0] = true;
                real.cancel();
            }

            @Override
            public void resumeReads() {
                real.resumeReads();
            }
        };
    }

    /** What is told, and that each bell finds something. */
    private static final class Told implements ReplyInlet {
        final List<String> transcripts = new ArrayList<>();
        final ByteArrayOutputStream pcm = new ByteArrayOutputStream();
        final List<Stage> stages = new ArrayList<>();
        String order = "";
        boolean isOver;

        @Nullable
        UpstreamFault fault;

        private int news;

        void read(ReplyInlet readable) {
            assertThat(readable).isSameAs(this);
            assertThat(news).isPositive();
            news = 0;
        }

        private void note(String letter) {
            news++;
            if (!order.endsWith(letter)) order += letter;
        }

        @Override
        public void onTranscript(String delta) {
            note("t");
            note("w");
            transcripts.add(delta);
        }

        @Override
        public void onAudio(ByteBuf samples) {
            note("a");
            byte[] copy = new byte[samples.readableBytes()];
            samples.getBytes(samples.readerIndex(), copy);
            pcm.writeBytes(copy);
        }

        @Override
        public void onUsage(Usage usage) {
            note("u");
        }

        @Override
        public void onFinish(FinishReason reason) {
            note("f");
        }

        @Override
        public void onCompleted() {
            note("c");
            isOver = true;
        }

        @Override
        public void onFault(UpstreamFault newFault) {
            note("x");
            isOver = true;
            fault = newFault;
        }

        @Override
        public void onStage(Stage stage, long atNanos) {
            news++;
            stages.add(stage);
        }

        @Override
        public void onRateLimits(List<RateLimit> rateLimits) {
            news++;
        }

        @Override
        public boolean isFull() {
            return false;
        }

        @Override
        public void onRole(String role) {
            news++;
        }

        @Override
        public void onText(String delta) {
            note("?");
        }

        @Override
        public void onToolCall(
                int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
            note("?");
        }

        @Override
        public void onRefusal(String delta) {
            note("?");
        }

        @Override
        public void onAudioId(String audioId) {
            note("?");
        }

        @Override
        public void onAudioExpiry(long expiresAtUnixSeconds) {
            note("?");
        }

        @Override
        public void onTick() {
            note("?");
        }
    }
}
