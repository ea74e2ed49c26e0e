package dev.antiphon.server.twin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.antiphon.server.twin.wire.TwinRequestReader;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the twin behaves as an HTTP server, and how it fails when it is told to. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
class TwinConnectionTest {
    private static final String HELLO = TwinTest.ask("say: Hello there, my good friend.");
    private final Twin twin = Twin.start(TwinTest.AT_ONCE);

    @AfterEach
    void close() {
        twin.close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/chat/completions,405,Not allowed to GET on /v1/chat/completions.",
        "POST,/models,405,Not allowed to POST on /v1/models.",
        "GET,/audio/speech,405,Not allowed to GET on /v1/audio/speech.",
        "POST,/audio/music,404,Invalid URL (POST /v1/audio/music)",
        "GET,/,404,Invalid URL (GET /v1/)"
    })
    void wrongPathsAndMethodsAreRefused(String method, String path, int status, String message) {
        TwinClient client = new TwinClient(twin.baseUrl());
        HttpResponse<String> response = method.equals("GET") ? client.get(path) : client.post(path, "{}");
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(TwinClient.first(List.of(response.body()), "error.message")).startsWith(message);
        assertThat(response.headers().firstValue("content-type")).contains("application/json; charset=utf-8");
    }

    @Test
    void aBadBodyIsRefusedAndTheConnectionStays() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "{oops");
            assertThat(read(socket, "\n}"))
                    .startsWith("HTTP/1.1 400 Bad Request")
                    .contains("could not parse the JSON");
            send(socket, HELLO);
            assertThat(read(socket, "0\r\n\r\n")).startsWith("HTTP/1.1 200 OK").contains("[DONE]");
            send(socket, HELLO);
            assertThat(read(socket, "0\r\n\r\n")).startsWith("HTTP/1.1 200 OK").contains("[DONE]");
        }
    }

    @Test
    void aBodyOverTheLimitIsRefusedBeforeItIsRead() throws IOException {
        try (Socket socket = connect()) {
            int bytes = TwinRequestReader.MAX_BODY_BYTES + 1;
            socket.getOutputStream()
                    .write(("POST /v1/chat/completions HTTP/1.1\r\nhost: twin\r\ncontent-length: " + bytes
                                    + "\r\n\r\n{")
                            .getBytes(UTF_8));
            assertThat(readAll(socket)).startsWith("HTTP/1.1 413").contains("\"message\": \"Request body too large.");
        }
    }

    @Test
    void aHeadOverTheLimitIsRefused() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write(("GET /v1/models HTTP/1.1\r\nhost: twin\r\nx: " + "y".repeat(20_000) + "\r\n\r\n")
                            .getBytes(UTF_8));
            assertThat(readAll(socket)).startsWith("HTTP/1.1 4").contains("invalid_request_error");
        }
    }

    @Test
    void keysAreCheckedWhereOneIsSet() throws IOException {
        String recorded = Files.readString(SharedFiles.require("fixtures/errors/openai-401-invalid-key.json"));
        try (Twin locked = Twin.start(TwinTest.AT_ONCE.withApiKey("sk-right"))) {
            TwinClient client = new TwinClient(locked.baseUrl());
            HttpResponse<String> wrong = client.post(
                    "/chat/completions", HELLO, "Authorization", "Bearer not-a-reXXXXXXXXXXXXXXXXXXXXXXXXXXized");
            assertThat(wrong.statusCode()).isEqualTo(401);
            assertThat(wrong.body()).isEqualToIgnoringWhitespace(recorded);
            assertThat(client.post("/chat/completions", HELLO).statusCode()).isEqualTo(401);
            assertThat(client.get("/models").statusCode()).isEqualTo(401);
            assertThat(client.post("/chat/completions", HELLO, "authorization", "bearer sk-right")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(client.post("/chat/completions", HELLO, "api-key", "sk-right")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void theModelIsListed() {
        TwinClient client = new TwinClient(twin.baseUrl());
        assertThat(TwinClient.first(List.of(client.get("/models").body()), "data.id"))
                .isEqualTo("antiphon-twin");
        assertThat(TwinClient.first(List.of(client.get("/models/antiphon-twin").body()), "id"))
                .isEqualTo("antiphon-twin");
    }

    @ParameterizedTest
    @CsvSource({
        "fault:401,401,application/json; charset=utf-8,invalid_api_key",
        "fault:429,429,application/json; charset=utf-8,rate_limit_exceeded",
        "fault:500,500,application/json; charset=utf-8,server_error",
        "fault:nonsense,404,application/json; charset=utf-8,fault:no-done",
        "fault:html,200,text/html,<html>"
    })
    void aFaultBeforeTheAnswerIsAnotherAnswer(String model, int status, String contentType, String body) {
        HttpResponse<String> response = new TwinClient(twin.baseUrl()).post("/chat/completions", withModel(model));
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains(contentType);
        assertThat(response.body()).contains(body);
        assertThat(response.headers().firstValue("retry-after").isPresent()).isEqualTo(status == 429);
    }

    @Test
    void cutBase64BreaksTheConnectionInTheMiddleOfSound() throws IOException {
        try (Socket socket = connect()) {
            send(socket, withModel("fault:cut-base64"));
            String response = readAll(socket);
            assertThat(response)
                    .startsWith("HTTP/1.1 200 OK")
                    .doesNotContain("[DONE]")
                    .doesNotContain("\r\n0\r\n");
            int lastData = response.lastIndexOf("\"data\":\"");
            assertThat(response.indexOf("\"data\":\"")).isLessThan(lastData);
            assertThat(response.substring(lastData + 8)).matches("[A-Za-z0-9+/]{1000,}\r\n");
        }
    }

    @Test
    void errorEventReplacesTheRestOfTheAnswer() {
        List<String> events = new TwinClient(twin.baseUrl()).stream(withModel("fault:error-event"));
        assertThat(TwinClient.order(events)).matches("rt+-+Dt*-*t*E");
    }

    @Test
    void noDoneLeavesOutTheLastEventOnly() {
        List<String> events = new TwinClient(twin.baseUrl()).stream(withModel("fault:no-done"));
        assertThat(TwinClient.order(events)).endsWith("-UX");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fault:silence", "fault:mute-head"})
    void silentFaultsKeepTheConnectionOpen(String model) throws IOException {
        try (Socket socket = connect()) {
            send(socket, withModel(model));
            if (model.equals("fault:silence")) {
                assertThat(read(socket, "\r\n\r\n"))
                        .startsWith("HTTP/1.1 200 OK")
                        .contains("text/event-stream");
            }
            socket.setSoTimeout(300);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aSlowReaderGetsEverything() throws IOException {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4_096);
            socket.setSoTimeout(20_000);
            socket.connect(twin.address());
            send(socket, TwinTest.ask("speak for 60 seconds"), "connection: close\r\n");
            String response = readAll(socket);
            String body = unchunked(response.substring(response.indexOf("\r\n\r\n") + 4));
            List<String> events = TwinClient.events(body);
            assertThat(TwinClient.pcm(events).length / 48_000.0).isBetween(45.0, 75.0);
            assertThat(events.get(events.size() - 1)).isEqualTo("[DONE]");
        }
    }

    @Test
    void aSecondRequestBeforeTheAnswerToTheFirstClosesTheConnection() throws IOException {
        try (Socket socket = connect()) {
            send(socket, withModel("fault:mute-head"));
            send(socket, HELLO);
            assertThat(readAll(socket)).isEmpty();
        }
    }

    @Test
    void manyCallersAreAnsweredAtOnce() {
        AtomicInteger answered = new AtomicInteger();
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            String words = "Caller number " + i + " is speaking.";
            Thread caller = new Thread(() -> {
                List<String> events = new TwinClient(twin.baseUrl()).stream(TwinTest.ask("say: " + words));
                if (TwinClient.joined(events, "choices.delta.audio.transcript").equals(words)) {
                    answered.incrementAndGet();
                }
            });
            caller.start();
            callers.add(caller);
        }
        await().atMost(Duration.ofSeconds(40)).until(() -> callers.stream().noneMatch(Thread::isAlive));
        assertThat(answered).hasValue(16);
    }

    @Test
    void aBusyPortIsReported() {
        assertThatThrownBy(() ->
                        Twin.start(TwinTest.AT_ONCE.withPort(twin.address().getPort())))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(
                        "cannot listen on 127.0.0.1:" + twin.address().getPort());
    }

    @Test
    void closingInTheMiddleOfAnAnswerLeavesNoThreadAndNoBuffer() throws IOException, InterruptedException {
        twin.close(); // or its threads would be counted
        Twin busy = Twin.start(TwinTest.AT_ONCE.withPace(0, 1));
        try (Socket socket = connect(busy);
                Socket waiting = connect(busy)) {
            send(socket, TwinTest.ask("speak for 100 seconds"));
            send(waiting, TwinTest.ask("speak for 100 seconds").replace("\"stream\":true", "\"stream\":false"));
            assertThat(read(socket, "\"data\":")).startsWith("HTTP/1.1 200 OK");
            busy.close();
            assertThat(readAll(socket)).doesNotContain("[DONE]");
            assertThat(readAll(waiting)).isEmpty();
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (!thread.getName().startsWith("twin-")) continue;
            thread.join(5_000); // its pool has ended; the thread itself may still be on its last instructions
            assertThat(thread.isAlive()).as(thread.getName()).isFalse();
        }
    }

    private static String withModel(String model) {
        return HELLO.replace("gpt-audio-1.5", model);
    }

    private Socket connect() throws IOException {
        return connect(twin);
    }

    private static Socket connect(Twin to) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(20_000);
        InetSocketAddress address = to.address();
        socket.connect(address);
        return socket;
    }

    private static void send(Socket socket, String body, String... headers) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        String head = "POST /v1/chat/completions HTTP/1.1\r\nhost: twin\r\ncontent-type: application/json\r\n"
                + String.join("", headers) + "content-length: " + bytes.length + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(UTF_8));
        socket.getOutputStream().write(bytes);
    }

    /** Up to and including {@code end}. */
    private static String read(Socket socket, String end) throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] wanted = end.getBytes(UTF_8);
        int matched = 0;
        while (matched < wanted.length) {
            int next = in.read();
            if (next < 0) throw new AssertionError("ended after: " + bytes.toString(UTF_8));
            bytes.write(next);
            matched = next == wanted[matched] ? matched + 1 : next == wanted[0] ? 1 : 0;
        }
        return bytes.toString(UTF_8);
    }

    private static String readAll(Socket socket) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(bytes);
        } catch (SocketTimeoutException stillOpen) {
            throw new AssertionError("still open after: " + bytes.toString(UTF_8), stillOpen);
        } catch (IOException reset) {
            // What came before the reset is what counts.
        }
        return bytes.toString(UTF_8);
    }

    private static String unchunked(String body) {
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (true) {
            int lineEnd = body.indexOf("\r\n", at);
            int length = Integer.parseInt(body.substring(at, lineEnd), 16);
            if (length == 0) return text.toString();
            text.append(body, lineEnd + 2, lineEnd + 2 + length);
            at = lineEnd + 2 + length + 2;
        }
    }
}
