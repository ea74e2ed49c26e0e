package dev.antiphon.server.twin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.antiphon.testing.NoBufferLeaks;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each fault as a caller's socket sees it. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
class TwinFaultTest {
    private static final String HELLO = TwinTest.ask("say: Hello there, my good friend.");
    /** Longer than any pause of a twin that is answering. */
    private static final int SILENCE_MILLIS = 700;

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** More than any whole answer has. */
    private static final int ENOUGH_BYTES = 3 << 20;

    private final Twin twin = Twin.start(TwinTest.AT_ONCE);

    /** How a response ended. */
    private enum End {
        CLOSED,
        RESET,
        /** Nothing more comes, the connection is open. */
        SILENT,
        /** There is no end in sight. */
        MORE
    }

    private record Seen(String text, End end) {}

    @BeforeEach
    void warmUp() {
        new TwinClient(twin.baseUrl()).stream(HELLO);
    }

    @AfterEach
    void close() {
        twin.close();
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                arguments("rst-before-headers", End.RESET, ""),
                arguments("fin-before-headers", End.CLOSED, ""),
                arguments("hang-before-headers", End.SILENT, ""),
                arguments("half-status-line", End.SILENT, "HTTP/1.1 20"),
                arguments("hang-after-headers", End.SILENT, "HTTP/1.1 200 OK<.*event-stream.*>\r\n\r\n"),
                arguments("keepalive-only", End.MORE, "HTTP/1.1 200 OK<.*\r\n\r\n(e\r\n: keep-alive\n\n\r\n)+>"),
                arguments("hang-mid-stream", End.SILENT, "HTTP/1.1 200 OK<.*\"data\":\".*\n\n\r\n>"),
                arguments("fin-mid-stream", End.CLOSED, "HTTP/1.1 200 OK<.*\"data\":\".*\n\n\r\n>"),
                arguments("rst-mid-stream", End.RESET, "HTTP/1.1 200 OK<.*\"data\":\".*\n\n\r\n>"),
                arguments("end-mid-stream", End.CLOSED, "HTTP/1.1 200 OK<.*\"data\":\".*\n\n\r\n>0\r\n\r\n"),
                arguments("fin-mid-json", End.CLOSED, "HTTP/1.1 200 OK<.*\"data\":\".*\n\n\r\n28\r\ndata: .{34}\r\n>"),
                arguments(
                        "fin-mid-base64",
                        End.CLOSED,
                        "HTTP/1.1 200 OK<.*\"data\":\".*\"data\":\"[A-Za-z0-9+/]{1000,}\r\n>"),
                arguments("no-done", End.CLOSED, "HTTP/1.1 200 OK<.*\"expires_at\":(?!.*DONE).*>0\r\n\r\n"),
                arguments("429", End.CLOSED, "HTTP/1.1 429 <.*>retry-after: 1\r\n<.*>rate_limit_exceeded<.*>"),
                arguments(
                        "429-date",
                        End.CLOSED,
                        "HTTP/1.1 429 <.*>retry-after: <\\w{3}, \\d\\d \\w{3} \\d{4} .{8} GMT\r\n.*>rate_limit_exceeded<.*>"),
                arguments(
                        "429-forever",
                        End.CLOSED,
                        "HTTP/1.1 429 <.*>retry-after: 86400\r\n<.*>rate_limit_exceeded<.*>"),
                arguments("429-quota", End.CLOSED, "HTTP/1.1 429 <(?!.*retry-after).*>\"insufficient_quota\"<.*>"),
                arguments("500", End.CLOSED, "HTTP/1.1 500 <.*>\"server_error\"<.*>"),
                arguments("502", End.CLOSED, "HTTP/1.1 502 <.*>text/html<.*>nginx<.*>"),
                arguments("503", End.CLOSED, "HTTP/1.1 503 <.*>retry-after: 1\r\n<.*>overloaded<.*>"),
                arguments("529", End.CLOSED, "HTTP/1.1 529 <.*>overloaded_error<.*>"),
                arguments("401", End.CLOSED, "HTTP/1.1 401 <.*>not-a-re**-key<.*>invalid_api_key<.*>"),
                arguments(
                        "401-echoes-key", End.CLOSED, "HTTP/1.1 401 <.*>sk-canary-of-the-test<.*>invalid_api_key<.*>"),
                arguments("403", End.CLOSED, "HTTP/1.1 403 <.*>unsupported_country_region_territory<.*>"),
                arguments("redirect-metadata", End.CLOSED, "HTTP/1.1 307 <.*>location: http://169.254.169.254/<.*>"),
                arguments("json-200", End.CLOSED, "HTTP/1.1 200 OK<.*>application/json<.*>\"status\":\"ok\"<.*>"),
                arguments("html-200", End.CLOSED, "HTTP/1.1 200 OK<.*>text/html<.*>It works!<.*>"),
                arguments(
                        "bad-json",
                        End.CLOSED,
                        "HTTP/1.1 200 OK<.*\"delta\":\n\n(?!.*\"delta\":\n\n).*>[DONE]\n\n\r\n0\r\n\r\n"),
                arguments(
                        "bad-json-twice",
                        End.CLOSED,
                        "HTTP/1.1 200 OK<.*\"delta\":\n\n.*\"delta\":\n\n.*>[DONE]\n\n\r\n0\r\n\r\n"),
                arguments(
                        "bad-base64",
                        End.CLOSED,
                        "HTTP/1.1 200 OK<.*>\"data\":\"AAAA*!*!AAAA\"<.*>[DONE]\n\n\r\n0\r\n\r\n"),
                arguments("odd-pcm", End.CLOSED, "HTTP/1.1 200 OK<.*>[DONE]\n\n\r\n0\r\n\r\n"),
                arguments(
                        "giant-event", End.MORE, "HTTP/1.1 200 OK<.*>data: {\"id\":\"\r\n<(4000\r\nx{16384}\r\n)+.*>"),
                arguments("deep-json", End.CLOSED, "HTTP/1.1 200 OK<.*\\[{1000}\\[{1000}.*>[DONE]\n\n\r\n0\r\n\r\n"),
                arguments("endless-headers", End.MORE, "HTTP/1.1 200 OK\r\n<(X-Filler: x{1000}\r\n)+.*>"),
                arguments("1xx-flood", End.MORE, "<(HTTP/1.1 103 Early Hints\r\nLink: [^\r]*\r\n\r\n)+.*>"),
                arguments("bad-chunk-size", End.SILENT, "HTTP/1.1 200 OK\r\n<.*>\r\n\r\nxyz\r\n<.*>"),
                arguments(
                        "two-responses",
                        End.SILENT,
                        "HTTP/1.1 200 OK<.*>[DONE]\n\n\r\n0\r\n\r\nHTTP/1.1 200 OK<.*>belongs to nobody<.*>\r\n0\r\n\r\n"),
                arguments(
                        "data-after-done",
                        End.CLOSED,
                        "HTTP/1.1 200 OK<.*>[DONE]\n\n<[^\r]*>belongs to nobody<[^\r]*>[DONE]\n\n\r\n0\r\n\r\n"),
                arguments(
                        "error-event",
                        End.CLOSED,
                        "HTTP/1.1 200 OK<.*\"data\":.*>\n\n\r\n<..>\r\ndata: {\"error\":<.*>\r\n0\r\n\r\n"),
                arguments("slow", End.CLOSED, "HTTP/1.1 200 OK<.*>[DONE]\n\n\r\n0\r\n\r\n"),
                arguments("byte-by-byte", End.CLOSED, "HTTP/1.1 200 OK<.*>[DONE]\n\n\r\n0\r\n\r\n"),
                arguments("burst", End.CLOSED, "HTTP/1.1 200 OK<.*>[DONE]\n\n\r\n0\r\n\r\n"),
                arguments("gzip-bomb", End.CLOSED, "HTTP/1.1 200 OK<.*>content-encoding: gzip\r\n<.*>"),
                arguments(
                        "no-audio",
                        End.CLOSED,
                        "HTTP/1.1 200 OK<(?!.*\"data\").*\"content\":\"Hello.*>[DONE]\n\n\r\n0\r\n\r\n"),
                arguments("silent-audio", End.MORE, "HTTP/1.1 200 OK<.*\"data\":\"A{25600}\".*>"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultIsWhatItsNameSays(String name, End end, String text) throws IOException {
        // Whole messages are followed by the end of the connection where the caller wants no other, so nobody has to
        // wait.
        Seen seen = end == End.CLOSED ? ask("fault:" + name) : askOnAndOn("fault:" + name);
        assertThat(shortened(seen.text(), end)).matches(regex(text));
        assertThat(seen.end()).isEqualTo(end);
    }

    @Test
    void everyFaultIsTriedHere() {
        Set<String> tried = new TreeSet<>();
        faults().forEach(row -> tried.add((String) row.get()[0]));
        assertThat(tried).isEqualTo(new TreeSet<>(Twin.faults().keySet()));
    }

    @Test
    void soundIsThereBeforeTheMiddle() throws IOException {
        Matcher data = Pattern.compile("\"data\":\"([^\"]*)\"")
                .matcher(ask("fault:fin-mid-stream").text());
        assertThat(data.find()).isTrue();
        assertThat(Base64.getDecoder().decode(data.group(1))).hasSize(19_200);
        assertThat(data.find()).isFalse();
    }

    @Test
    void oddPiecesAreTheSameSound() {
        TwinClient client = new TwinClient(twin.baseUrl());
        List<String> whole = client.stream(HELLO);
        List<String> odd = client.stream(withModel("fault:odd-pcm"));
        for (byte[] piece : TwinClient.pieces(odd)) assertThat(piece.length % 2).isOne();
        assertThat(TwinClient.pcm(odd)).isEqualTo(TwinClient.pcm(whole));
    }

    @ParameterizedTest
    @ValueSource(strings = {"slow", "byte-by-byte", "burst"})
    void anotherPaceIsTheSameAnswer(String name) {
        TwinClient client = new TwinClient(twin.baseUrl());
        List<String> usual = client.stream(HELLO);
        List<String> paced = client.stream(withModel("fault:" + name));
        assertThat(TwinClient.pcm(paced)).isEqualTo(TwinClient.pcm(usual));
        assertThat(TwinClient.joined(paced, "choices.delta.audio.transcript"))
                .isEqualTo("Hello there, my good friend.");
    }

    @Test
    void byteByByteEndsWithItsAnswer() throws IOException {
        try (Socket socket = connect(twin.address())) {
            send(socket, withModel("fault:byte-by-byte@1"));
            assertThat(read(socket).text()).endsWith("[DONE]\n\n\r\n0\r\n\r\n");
            send(socket, withModel("fault:byte-by-byte@1"));
            assertThat(read(socket).text()).startsWith("HTTP/1.1 200 OK").endsWith("[DONE]\n\n\r\n0\r\n\r\n");
        }
    }

    @Test
    void theDateToRetryAtIsOneToTwoSecondsAhead() throws IOException {
        Instant before = Instant.now();
        Matcher date = Pattern.compile("retry-after: ([^\r]*)\r\n")
                .matcher(ask("fault:429-date").text());
        assertThat(date.find()).isTrue();
        Instant then = ZonedDateTime.parse(date.group(1), DateTimeFormatter.RFC_1123_DATE_TIME)
                .toInstant();
        assertThat(then).isAfter(before.plusMillis(999));
        assertThat(then).isBefore(Instant.now().plusSeconds(2).plusMillis(1));
    }

    @Test
    void theBombIsSmallAndBecomesAGibibyte() throws IOException {
        String text = ask("fault:gzip-bomb").text();
        byte[] bomb = text.substring(text.indexOf("\r\n\r\n") + 4).getBytes(ISO_8859_1);
        assertThat(bomb.length).isBetween(1 << 20, (1 << 20) + (1 << 12));
        long inflated = 0;
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bomb), 1 << 16)) {
            for (int read; inflated < 64 << 20 && (read = in.read(buffer)) > 0; ) inflated += read;
        }
        assertThat(inflated).isGreaterThanOrEqualTo(64 << 20);
    }

    @Test
    void theFirstFailAndTheOthersAreAnswered() throws IOException {
        List<Boolean> answered = new ArrayList<>();
        for (int i = 0; i < 4; i++) answered.add(ask("fault:500@2").text().contains("[DONE]"));
        assertThat(answered).containsExactly(false, false, true, true);
        assertThat(twin.requestsFor("fault:500@2")).isEqualTo(4);
    }

    @Test
    void eachSuffixIsCountedByItself() throws IOException {
        assertThat(ask("fault:500@1#one").text()).startsWith("HTTP/1.1 500");
        assertThat(ask("fault:500@1#two").text()).startsWith("HTTP/1.1 500");
        assertThat(ask("fault:500@1#two").text()).startsWith("HTTP/1.1 200");
        assertThat(ask("FAULT:500@1#two").text()).as("an ordinary model").startsWith("HTTP/1.1 200");
        assertThat(twin.requestsFor("fault:500@1#one")).isEqualTo(1);
        assertThat(twin.requestsFor("fault:500@1#two")).isEqualTo(2);
        assertThat(twin.requestsFor("fault:500@1#three")).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"fault:", "fault:nonsense", "fault:500@", "fault:500@x", "fault:@1", "fault:500@12345678901"})
    void aFaultThatDoesNotExistIsRefusedWithTheListOfThoseThatDo(String model) throws IOException {
        assertThat(ask(model).text())
                .startsWith("HTTP/1.1 404")
                .contains("model_not_found", "fault:rst-before-headers", "fault:silent-audio");
    }

    @Test
    void aWrittenAnswerBreaksInItsMiddleToo() throws IOException {
        String question = TwinTest.ask("answer in text and say: One two three four five six seven.")
                .replace("gpt-audio-1.5", "fault:fin-mid-stream");
        Seen seen;
        try (Socket socket = connect(twin.address())) {
            send(socket, question);
            seen = read(socket);
        }
        assertThat(seen.text()).contains("\"content\":\"").doesNotContain("seven", "[DONE]");
        assertThat(seen.end()).isEqualTo(End.CLOSED);
    }

    @Test
    void faultPortsFailBelowHttp() throws IOException {
        try (FaultPorts ports = FaultPorts.open(0)) {
            try (Socket socket = connect(ports.resetting())) {
                assertThat(read(socket).end()).isEqualTo(End.RESET);
            }
            try (Socket socket = connect(ports.mute())) {
                send(socket, HELLO);
                assertThat(read(socket)).isEqualTo(new Seen("", End.SILENT));
            }
            try (Socket socket = connect(ports.garblingTls())) {
                assertThat(read(socket)).isEqualTo(new Seen("", End.SILENT));
                socket.getOutputStream().write(22);
                assertThat(read(socket).text()).startsWith("\177ELF");
            }
        }
    }

    private Seen ask(String model) throws IOException {
        try (Socket socket = connect(twin.address())) {
            send(socket, withModel(model), "connection: close\r\n");
            return read(socket);
        }
    }

    private Seen askOnAndOn(String model) throws IOException {
        try (Socket socket = connect(twin.address())) {
            send(socket, withModel(model));
            return read(socket, Duration.ofSeconds(2));
        }
    }

    private static String withModel(String model) {
        return HELLO.replace("gpt-audio-1.5", model);
    }

    private static Socket connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(SILENCE_MILLIS);
        socket.connect(address);
        return socket;
    }

    private static void send(Socket socket, String body, String... headers) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        String head = "POST /v1/chat/completions HTTP/1.1\r\nhost: twin\r\ncontent-type: application/json\r\n"
                + "authorization: Bearer sk-canary-of-the-test\r\n" + String.join("", headers) + "content-length: "
                + bytes.length + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(UTF_8));
        socket.getOutputStream().write(bytes);
    }

    private static Seen read(Socket socket) throws IOException {
        return read(socket, PATIENCE);
    }

    private static Seen read(Socket socket, Duration patience) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        long untilNanos = System.nanoTime() + patience.toNanos();
        End end = End.MORE;
        try {
            while (end == End.MORE && bytes.size() < ENOUGH_BYTES && System.nanoTime() - untilNanos < 0) {
                int read = socket.getInputStream().read(buffer);
                if (read < 0) end = End.CLOSED;
                else bytes.write(buffer, 0, read);
            }
        } catch (SocketTimeoutException silent) {
            end = End.SILENT;
        } catch (SocketException reset) {
            end = End.RESET;
        }
        return new Seen(bytes.toString(ISO_8859_1), end);
    }

    /** Regular expressions take their time with megabytes. */
    private static String shortened(String text, End end) {
        return end == End.MORE ? text.substring(0, Math.min(text.length(), 40_000)) : text;
    }

    /** What stands between angle brackets is a regular expression, the rest is literal. */
    private static Pattern regex(String text) {
        StringBuilder regex = new StringBuilder();
        for (String part : text.split("(?=<)|(?<=>)", -1)) {
            if (part.startsWith("<")) regex.append(part, 1, part.length() - 1);
            else if (!part.isEmpty()) regex.append(Pattern.quote(part));
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }
}
