package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.okhttp.OkHttpClient;
import com.openai.core.ClientOptions;
import com.openai.core.JsonValue;
import com.openai.core.http.WebSocketWriteNotAttempted;
import com.openai.helpers.RealtimeConnection;
import com.openai.helpers.RealtimeWebSocketOptions;
import com.openai.models.realtime.ConversationItemCreateEvent;
import com.openai.models.realtime.ConversationItemTruncateEvent;
import com.openai.models.realtime.InputAudioBufferAppendEvent;
import com.openai.models.realtime.InputAudioBufferCommitEvent;
import com.openai.models.realtime.RealtimeAudioConfig;
import com.openai.models.realtime.RealtimeAudioConfigInput;
import com.openai.models.realtime.RealtimeAudioInputTurnDetection;
import com.openai.models.realtime.RealtimeClientEvent;
import com.openai.models.realtime.RealtimeConversationItemFunctionCallOutput;
import com.openai.models.realtime.RealtimeConversationItemUserMessage;
import com.openai.models.realtime.RealtimeFunctionTool;
import com.openai.models.realtime.RealtimeServerEvent;
import com.openai.models.realtime.RealtimeSessionCreateRequest;
import com.openai.models.realtime.ResponseCreateEvent;
import com.openai.models.realtime.SessionUpdateEvent;
import dev.antiphon.time.NanoClock;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A caller with the official Java client. Every frame passes the client's own strict validation and the protocol's order
 * before anyone sees it, and every wait is bounded.
 *
 * <p>Threading: confined to the test's thread.
 */
final class Caller implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final ClientOptions options;
    private final RealtimeConnection connection;
    private final EventOrder order = new EventOrder();
    private final List<Frame> received = new ArrayList<>();

    @SuppressWarnings("MustBeClosed") // closed with the caller
    private Caller(ClientOptions options, String model) {
        this.options = options;
        connection = RealtimeConnection.connect(
                options, RealtimeWebSocketOptions.builder().model(model).build());
    }

    /** @param realtimeUrl of the gateway */
    static Caller connect(URI realtimeUrl, String model) {
        String baseUrl = realtimeUrl.toString().replaceFirst("^ws", "http").replaceFirst("/realtime$", "");
        ClientOptions options = ClientOptions.builder()
                .httpClient(OkHttpClient.builder()
                        .timeout(Duration.ofSeconds(PATIENCE_SECONDS))
                        .build())
                .baseUrl(baseUrl)
                .apiKey("no-key-is-needed")
                .build();
        return new Caller(options, model);
    }

    // ---- says ----

    /** Any event, by the client's own type for it. */
    void say(String json) {
        RealtimeClientEvent event = JsonValue.from(Frame.parse(json).fields()).convert(RealtimeClientEvent.class);
        send(Objects.requireNonNull(event).validate());
    }

    void configure(RealtimeSessionCreateRequest session) {
        send(RealtimeClientEvent.ofSessionUpdate(
                SessionUpdateEvent.builder().session(session).build()));
    }

    static RealtimeSessionCreateRequest.Builder session() {
        return RealtimeSessionCreateRequest.builder();
    }

    static RealtimeAudioConfig pushToTalk() {
        return audio((RealtimeAudioInputTurnDetection) null);
    }

    static RealtimeAudioConfig serverVad(boolean createResponse) {
        return audio(RealtimeAudioInputTurnDetection.ofServerVad(RealtimeAudioInputTurnDetection.ServerVad.builder()
                .createResponse(createResponse)
                .interruptResponse(true)
                .silenceDurationMs(500)
                .build()));
    }

    private static RealtimeAudioConfig audio(@Nullable RealtimeAudioInputTurnDetection detection) {
        RealtimeAudioConfigInput.Builder input = RealtimeAudioConfigInput.builder();
        if (detection == null) input.turnDetection(Optional.empty());
        else input.turnDetection(detection);
        return RealtimeAudioConfig.builder().input(input.build()).build();
    }

    /** A function of one parameter. */
    static RealtimeFunctionTool tool(String name, String parameter) {
        return RealtimeFunctionTool.builder()
                .type(RealtimeFunctionTool.Type.FUNCTION)
                .name(name)
                .description("A function of the test")
                .parameters(JsonValue.from(Map.of(
                        "type",
                        "object",
                        "properties",
                        Map.of(parameter, Map.of("type", "string")),
                        "required",
                        List.of(parameter))))
                .build();
    }

    void write(String text) {
        send(RealtimeClientEvent.ofConversationItemCreate(ConversationItemCreateEvent.builder()
                .item(RealtimeConversationItemUserMessage.builder()
                        .addContent(RealtimeConversationItemUserMessage.Content.builder()
                                .type(RealtimeConversationItemUserMessage.Content.Type.INPUT_TEXT)
                                .text(text)
                                .build())
                        .build())
                .build()));
    }

    void report(String callId, String output) {
        send(RealtimeClientEvent.ofConversationItemCreate(ConversationItemCreateEvent.builder()
                .item(RealtimeConversationItemFunctionCallOutput.builder()
                        .callId(callId)
                        .output(output)
                        .build())
                .build()));
    }

    void askForResponse() {
        send(RealtimeClientEvent.ofResponseCreate(ResponseCreateEvent.builder().build()));
    }

    void speak(List<byte[]> frames) {
        for (byte[] frame : frames) {
            send(RealtimeClientEvent.ofInputAudioBufferAppend(InputAudioBufferAppendEvent.builder()
                    .audio(Base64.getEncoder().encodeToString(frame))
                    .build()));
        }
    }

    void commit() {
        send(RealtimeClientEvent.ofInputAudioBufferCommit(
                InputAudioBufferCommitEvent.builder().build()));
    }

    void truncate(String itemId, long audioEndMillis) {
        send(RealtimeClientEvent.ofConversationItemTruncate(ConversationItemTruncateEvent.builder()
                .itemId(itemId)
                .contentIndex(0)
                .audioEndMs(audioEndMillis)
                .build()));
    }

    /** The client takes an event only when its socket has taken the one before. */
    private void send(RealtimeClientEvent event) {
        long deadlineNanos = NanoClock.SYSTEM.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try {
                connection.send(event);
                return;
            } catch (WebSocketWriteNotAttempted.Busy busy) {
                if (NanoClock.SYSTEM.nanoTime() - deadlineNanos > 0) throw busy;
                Thread.onSpinWait();
            }
        }
    }

    // ---- hears ----

    /** The next event; fails when none comes, when it breaks a rule, and when it is an error. */
    Frame next() {
        Frame frame = nextOrError();
        if (frame.type().equals("error")) throw new AssertionError("error: " + frame);
        return frame;
    }

    /** The next event, which is an error; a provider's limits may come before it. */
    Frame nextError() {
        Frame frame = nextOrError();
        while (frame.type().equals("rate_limits.updated")) frame = nextOrError();
        assertThat(frame.type()).isEqualTo("error");
        return frame;
    }

    /** The next event; fails when none comes and when it breaks a rule. */
    Frame nextOrError() {
        RealtimeServerEvent event = receive();
        JsonValue json = event._json().orElseThrow();
        Frame frame = new Frame(fieldsOf(json));
        try {
            event.validate();
        } catch (RuntimeException refused) {
            throw new AssertionError("openai-java refuses " + frame, refused);
        }
        order.accept(frame);
        received.add(frame);
        return frame;
    }

    private RealtimeServerEvent receive() {
        try {
            return connection.receiveAsync().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no event for " + PATIENCE_SECONDS + " s after " + tail(), e);
        } catch (ExecutionException e) {
            throw new AssertionError("no event after " + tail(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @SuppressWarnings("unchecked") // keys of a JSON object are strings
    private static Map<String, @Nullable Object> fieldsOf(JsonValue json) {
        return (Map<String, @Nullable Object>) json.convert(Map.class);
    }

    private List<String> tail() {
        return received.stream()
                .skip(Math.max(0, received.size() - 5))
                .map(Frame::type)
                .toList();
    }

    /** Reads as far as the next event of a type. */
    Frame await(String type) {
        while (true) {
            Frame frame = next();
            if (frame.type().equals(type)) return frame;
        }
    }

    /** Reads a response from its beginning to {@code response.done}. */
    SpokenAnswer answer() {
        SpokenAnswer answer = new SpokenAnswer(await("response.created"));
        while (!answer.add(next())) {}
        return answer;
    }

    List<Frame> received() {
        return received;
    }

    void requireRest() {
        order.requireRest();
    }

    @Override
    public void close() {
        connection.close();
        options.close();
    }
}
