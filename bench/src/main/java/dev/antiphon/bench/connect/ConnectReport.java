package dev.antiphon.bench.connect;

import dev.antiphon.metrics.Stage;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamClient;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.server.upstream.UpstreamSettings.Pooling;
import dev.antiphon.server.upstream.UpstreamSettings.Protocol;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How long the first sound of an answer takes over a network with a round trip of 40 ms: over a connection that has to be
 * made, over one that was made before, and over one shared by HTTP/2. The twin answers behind TLS, without time of its own
 * to think; the three ways take turns, so that what disturbs one disturbs all.
 *
 * <pre>
 *   UpstreamClient ──▶ DelayProxy (20 ms each way) ──▶ TlsFront (h2, http/1.1) ──▶ Twin
 * </pre>
 *
 * <p>Threading: confined to its caller.
 */
public final class ConnectReport {
    private static final long ROUND_TRIP_MILLIS = 40;
    private static final int WARM_UP_ROUNDS = 10;
    private static final int ROUNDS = 60;
    /** Turns that end at the same moment. */
    private static final int AT_ONCE = 8;

    private static final ChatRequest REQUEST = new ChatRequest(
            "antiphon-twin",
            List.of(new UserMessage(List.of(new TextPart("say: Hello there, this is the twin.")))),
            new ChatRequest.Speech("alloy"),
            ChatRequest.Tools.NONE,
            ChatRequest.Sampling.DEFAULT);

    private ConnectReport() {}

    /** Prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("connect");
        EventLoopGroup network = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        LoopbackCertificate certificate = LoopbackCertificate.makeIn(folder);
        Path pem = certificate.writePem(folder.resolve("loopback.pem"));
        try (Twin twin = Twin.start(TwinSettings.defaults().withPace(0, 100));
                TlsFront front = new TlsFront(network, certificate.server(), addressOf(twin));
                DelayProxy proxy = new DelayProxy(network, front.address(), ROUND_TRIP_MILLIS)) {
            UpstreamSettings settings = UpstreamSettings.of(
                            UpstreamEndpoint.openAi("https://localhost:" + proxy.port() + "/v1", Credentials.NONE))
                    .withTrustedCertificates(pem);
            Pooling none = new Pooling(0, 50_000, 0, false);
            List<Way> ways = List.of(
                    new Way(
                            "cold, HTTP/1.1: TCP and TLS first",
                            loops,
                            settings.withProtocol(Protocol.HTTP1).withPooling(none)),
                    new Way("warmed, HTTP/1.1", loops, settings.withProtocol(Protocol.HTTP1)),
                    new Way("warmed, HTTP/2", loops, settings.withProtocol(Protocol.HTTP2)));
            for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
                for (Way way : ways) way.measure(round);
            }
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            out.println("| connection | one turn: first audio p50, ms | p90 | max | " + AT_ONCE
                    + " turns at once: p50, ms | p90 | max |");
            out.println("|---|---|---|---|---|---|---|");
            for (Way way : ways) out.println(way.row());
            ways.forEach(Way::close);
        } finally {
            loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
            network.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    private static InetSocketAddress addressOf(Twin twin) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), twin.baseUrl().getPort());
    }

    /** One way to the model and the times it took. */
    private static final class Way {
        private final String name;
        private final EventLoop loop;
        private final UpstreamClient client;
        private final UpstreamCalls calls;
        private final List<Long> aloneNanos = new ArrayList<>();
        private final List<Long> togetherNanos = new ArrayList<>();

        Way(String name, EventLoopGroup loops, UpstreamSettings settings) {
            this.name = name;
            loop = loops.next();
            client = new UpstreamClient(loops, settings, NanoClock.SYSTEM);
            client.open();
            calls = client.callsOn(loop, readable -> {});
        }

        /** @param round negative: not counted */
        void measure(int round) throws Exception {
            ask(1, round < 0 ? new ArrayList<>() : aloneNanos);
            ask(AT_ONCE, round < 0 ? new ArrayList<>() : togetherNanos);
        }

        private void ask(int turns, List<Long> nanos) throws Exception {
            List<FirstAudio> answers =
                    Stream.generate(FirstAudio::new).limit(turns).toList();
            long startNanos = NanoClock.SYSTEM.nanoTime();
            loop.execute(() -> answers.forEach(answer -> calls.start(REQUEST, answer)));
            for (FirstAudio answer : answers) nanos.add(answer.first.get(30, TimeUnit.SECONDS) - startNanos);
            for (FirstAudio answer : answers) answer.end.get(30, TimeUnit.SECONDS);
        }

        String row() {
            return "| " + name + cells(aloneNanos) + cells(togetherNanos) + " |";
        }

        private static String cells(List<Long> nanos) {
            Collections.sort(nanos);
            int last = nanos.size() - 1;
            return String.format(
                    Locale.ROOT,
                    " | %.1f | %.1f | %.1f",
                    nanos.get(last / 2) / 1e6,
                    nanos.get(last * 9 / 10) / 1e6,
                    nanos.get(last) / 1e6);
        }

        void close() {
            client.close();
        }
    }

    /** Notes when the first sound came. */
    private static final class FirstAudio implements ReplyInlet {
        final CompletableFuture<Long> first = new CompletableFuture<>();
        final CompletableFuture<Void> end = new CompletableFuture<>();

        @Override
        public void onAudio(ByteBuf pcm) {
            first.complete(NanoClock.SYSTEM.nanoTime());
        }

        @Override
        public void onCompleted() {
            end.complete(null);
        }

        @Override
        public void onFault(UpstreamFault fault) {
            IllegalStateException failure = new IllegalStateException(fault.message());
            first.completeExceptionally(failure);
            end.completeExceptionally(failure);
        }

        @Override
        public boolean isFull() {
            return false;
        }

        @Override
        public void onRole(String role) {}

        @Override
        public void onAudioId(String audioId) {}

        @Override
        public void onTranscript(String delta) {}

        @Override
        public void onText(String delta) {}

        @Override
        public void onToolCall(
                int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {}

        @Override
        public void onRefusal(String delta) {}

        @Override
        public void onUsage(Usage usage) {}

        @Override
        public void onAudioExpiry(long expiresAtUnixSeconds) {}

        @Override
        public void onFinish(FinishReason reason) {}

        @Override
        public void onTick() {}

        @Override
        public void onStage(Stage stage, long atNanos) {}

        @Override
        public void onRateLimits(List<RateLimit> rateLimits) {}
    }
}
