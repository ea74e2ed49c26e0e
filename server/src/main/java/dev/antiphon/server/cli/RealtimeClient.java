package dev.antiphon.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client of any Realtime server (GA dialect) over the JDK's WebSocket: what {@code ask} and {@code demo} speak through.
 *
 * <p>Threading: {@link #send} and {@link #appendAudio} from any thread, one at a time; {@link #next} from one.
 */
final class RealtimeClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final JsonFactory JSON = new JsonFactory();

    private final WebSocket socket;
    private final BlockingQueue<Incoming> incoming;
    private CompletableFuture<?> lastSend = CompletableFuture.completedFuture(null); // guarded by this

    /** An event, or why there will be no more. */
    private record Incoming(
            @Nullable ServerMessage message,
            long atNanos,
            @Nullable String end) {}

    /** An event and when it arrived. */
    record Arrival(ServerMessage message, long atNanos) {}

    private RealtimeClient(WebSocket socket, BlockingQueue<Incoming> incoming) {
        this.socket = socket;
        this.incoming = incoming;
    }

    /**
     * Connects.
     *
     * @param key null: none
     * @throws IOException naming the URL and why it refused
     */
    static RealtimeClient connect(URI url, @Nullable String key) throws IOException {
        BlockingQueue<Incoming> incoming = new LinkedBlockingQueue<>();
        WebSocket.Builder builder =
                HttpClient.newHttpClient().newWebSocketBuilder().connectTimeout(CONNECT_TIMEOUT);
        if (key != null) builder.header("Authorization", "Bearer " + key);
        try {
            return new RealtimeClient(
                    builder.buildAsync(url, new Collector(incoming)).join(), incoming);
        } catch (CompletionException e) {
            throw new IOException(url + ": " + reason(e.getCause() == null ? e : e.getCause()), e);
        }
    }

    private static String reason(Throwable cause) {
        if (cause instanceof WebSocketHandshakeException refused) {
            return "refused with HTTP status " + refused.getResponse().statusCode();
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    /** Writes the fields of an event behind its {@code type}. */
    @FunctionalInterface
    interface Fields {
        void writeTo(JsonGenerator json) throws IOException;
    }

    void send(String type, Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("type", type);
            fields.writeTo(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sendText(text.toString());
    }

    void send(String type) {
        send(type, json -> {});
    }

    /** @param pcm PCM16 little-endian mono at 24 kHz */
    void appendAudio(byte[] pcm, int offset, int length) {
        byte[] frame = new byte[length];
        System.arraycopy(pcm, offset, frame, 0, length);
        sendText("{\"type\":\"input_audio_buffer.append\",\"audio\":\""
                + Base64.getEncoder().encodeToString(frame) + "\"}");
    }

    private synchronized void sendText(String text) {
        // The JDK's socket takes one text at a time.
        lastSend = lastSend.thenCompose(ignored -> socket.sendText(text, true));
    }

    /**
     * The next event.
     *
     * @throws IOException the server closed, or sent nothing for so long
     */
    Arrival next(Duration timeout) throws IOException, InterruptedException {
        Arrival arrival = nextBefore(System.nanoTime() + timeout.toNanos());
        if (arrival == null) throw new IOException("no event from the server for " + timeout.toSeconds() + " s");
        return arrival;
    }

    /**
     * The next event; null: none came before that moment.
     *
     * @throws IOException the server closed
     */
    @Nullable
    Arrival nextBefore(long atNanos) throws IOException, InterruptedException {
        Incoming next = incoming.poll(atNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (next == null) return null;
        if (next.message() == null) throw new IOException("the server closed the connection: " + next.end());
        return new Arrival(next.message(), next.atNanos());
    }

    @Override
    public synchronized void close() {
        lastSend.thenCompose(ignored -> socket.sendClose(WebSocket.NORMAL_CLOSURE, ""))
                .orTimeout(2, TimeUnit.SECONDS)
                .exceptionally(ignored -> socket)
                .join();
    }

    /** Puts texts together and events into the queue. */
    private static final class Collector implements WebSocket.Listener {
        private final BlockingQueue<Incoming> incoming;
        private final StringBuilder text = new StringBuilder();

        Collector(BlockingQueue<Incoming> incoming) {
            this.incoming = incoming;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            long nowNanos = System.nanoTime();
            text.append(part);
            if (last) {
                String whole = text.toString();
                text.setLength(0);
                incoming.add(parse(whole, nowNanos));
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            incoming.add(new Incoming(null, 0, reason.isEmpty() ? "code " + code : "code " + code + ", " + reason));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            incoming.add(new Incoming(null, 0, reason(error)));
        }

        private static Incoming parse(String whole, long nowNanos) {
            try {
                return new Incoming(ServerMessage.parse(whole), nowNanos, null);
            } catch (IOException e) {
                return new Incoming(null, nowNanos, "it sent an event that is no JSON object");
            }
        }
    }
}
