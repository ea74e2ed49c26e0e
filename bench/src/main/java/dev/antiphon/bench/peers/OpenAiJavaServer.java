package dev.antiphon.bench.peers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.java_websocket.WebSocket;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;
import org.jspecify.annotations.Nullable;

/**
 * A voice server as one writes it with openai-java and Java-WebSocket: a session is a socket, a turn is one streamed call
 * on a thread of its own. Environment: {@code PORT}, {@code OPENAI_BASE_URL}, {@code OPENAI_API_KEY}.
 *
 * <p>Threading: thread-safe.
 */
public final class OpenAiJavaServer extends WebSocketServer {
    private static final Pattern JAR_VERSION = Pattern.compile("-([\\d.]+)\\.jar$");

    private final JsonMapper json = new JsonMapper();
    private final OpenAIClient openai;
    private final ExecutorService turns = Executors.newCachedThreadPool();

    /** @param port 0: any free one */
    public OpenAiJavaServer(OpenAIClient openai, int port) {
        super(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        this.openai = openai;
        setTcpNoDelay(true);
        setReuseAddr(true);
    }

    public static void main(String[] arguments) {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
        new OpenAiJavaServer(OpenAIOkHttpClient.fromEnv(), port).run();
    }

    /** Both libraries by name and version. */
    public static String versions() {
        return "openai-java " + versionOf(OpenAIClient.class) + ", Java-WebSocket " + versionOf(WebSocketServer.class);
    }

    /** As its jar says: in its manifest, or at least by its name. */
    private static String versionOf(Class<?> type) {
        String version = type.getPackage().getImplementationVersion();
        if (version != null) return version;
        Matcher named = JAR_VERSION.matcher(
                String.valueOf(type.getProtectionDomain().getCodeSource().getLocation()));
        return named.find() ? named.group(1) : "(version unknown)";
    }

    @Override
    public void onStart() {
        new PrintStream(System.out, true, StandardCharsets.UTF_8)
                .println("java " + Runtime.version() + ", " + versions() + ", port " + getPort());
    }

    @Override
    public void onOpen(WebSocket socket, ClientHandshake handshake) {
        socket.setAttachment(new VoiceSession(openai, turns, json, socket));
    }

    @Override
    public void onMessage(WebSocket socket, String message) {
        VoiceSession session = socket.getAttachment();
        try {
            JsonNode event = json.readTree(message);
            switch (event.path("type").asText()) {
                case "input_audio_buffer.append" ->
                    session.append(event.path("audio").asText());
                case "input_audio_buffer.commit" -> session.commit();
                case "conversation.item.create" ->
                    session.say(event.path("item").path("content"));
                case "response.create" -> session.respond();
                case "response.cancel" -> session.cancel();
                default -> {}
            }
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void onClose(WebSocket socket, int code, String reason, boolean byClient) {
        VoiceSession session = socket.getAttachment();
        if (session != null) session.cancel();
    }

    @Override
    public void onError(@Nullable WebSocket socket, Exception fault) {
        System.err.println(fault);
    }
}
