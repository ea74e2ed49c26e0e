package dev.antiphon.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.antiphon.server.auth.ClientKeys;
import dev.antiphon.server.auth.EphemeralKeys;
import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.client.Admission;
import dev.antiphon.server.client.ClientChannelInitializer;
import dev.antiphon.server.client.ClientLimits;
import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Requests to the whole pipeline, with time turned by hand. */
@ExtendWith(NoBufferLeaks.class)
class RestTest {
    private static final String CANARY = "sk-canary-0123456789";
    private static final long NOW = 1_800_000_000;
    private static final Pattern VALUE = Pattern.compile("\"value\":\"(ek_[^\"]+)\"");

    private final MockTicker ticker = Ticker.newMockTicker();
    private final EphemeralKeys keys =
            new EphemeralKeys(ticker::nanoTime, Clock.fixed(Instant.ofEpochSecond(NOW), ZoneOffset.UTC));
    private final Admission admission = new ClientKeys(List.of(Secret.of(CANARY)), Set.of(), keys);
    private EmbeddedChannel channel = connect();

    private EmbeddedChannel connect() {
        SessionSettings defaults = SessionSettings.defaults("antiphon", "alloy");
        return EmbeddedChannel.builder()
                .ticker(ticker)
                .handlers(new ClientChannelInitializer(
                        ClientLimits.DEFAULT,
                        admission,
                        (opening, outlet, timers, loop) -> {
                            throw new AssertionError("no session is wanted here");
                        },
                        new RestRoutes(
                                admission, RestLimits.DEFAULT, List.of(new ClientSecrets(keys, defaults).routes())),
                        ticker::nanoTime))
                .build();
    }

    @AfterEach
    void disconnect() {
        channel.finishAndReleaseAll();
    }

    private void send(String text) {
        channel.writeInbound(channel.alloc().buffer().writeBytes(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String post(String path, String moreHeaders, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n" + moreHeaders + "\r\n" + body;
    }

    private static String post(String body) {
        return post("/v1/realtime/client_secrets", "Authorization: Bearer " + CANARY + "\r\n", body);
    }

    private String answerTo(String request) {
        send(request);
        return received();
    }

    private String received() {
        channel.runPendingTasks();
        StringBuilder text = new StringBuilder();
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            text.append(bytes.toString(StandardCharsets.UTF_8));
            bytes.release();
        }
        return text.toString();
    }

    private void advanceMillis(long millis) {
        ticker.advance(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    private static String valueIn(String answer) {
        Matcher value = VALUE.matcher(answer);
        assertThat(value.find()).as(answer).isTrue();
        return value.group(1);
    }

    @Test
    void aClientSecretComesWithTheWholeSessionItIsGoodFor() {
        String answer = answerTo(post("{\"expires_after\":{\"anchor\":\"created_at\",\"seconds\":60},"
                + "\"session\":{\"type\":\"realtime\",\"model\":\"gpt-realtime\",\"instructions\":\"Be brief.\","
                + "\"audio\":{\"output\":{\"voice\":\"marin\"}}}}"));
        assertThat(answer)
                .startsWith("HTTP/1.1 200 OK\r\n")
                .containsIgnoringCase("content-type: application/json\r\n")
                .containsIgnoringCase("cache-control: no-store\r\n")
                .contains("{\"value\":\"ek_", "\"expires_at\":" + (NOW + 60) + ",\"session\":{\"type\":\"realtime\"")
                .contains("\"model\":\"gpt-realtime\"", "\"instructions\":\"Be brief.\"", "\"voice\":\"marin\"")
                .contains("\"object\":\"realtime.session\"", "\"id\":\"sess_", "\"expires_at\":0");
        assertThat(channel.isOpen()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", " { } ", "{\"expires_after\":null,\"session\":null}", "{\"unknown\":[1]}"})
    void nothingNeedBeSaid(String body) {
        assertThat(answerTo(post(body)))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("\"expires_at\":" + (NOW + 600) + ",", "\"model\":\"antiphon\"", "\"voice\":\"alloy\"");
    }

    @Test
    void aTranscriptionSessionHasASecretToo() {
        assertThat(answerTo(post("{\"session\":{\"audio\":{\"input\":{\"transcription\":"
                        + "{\"model\":\"gpt-4o-transcribe\"}}},\"type\":\"transcription\"}}")))
                .startsWith("HTTP/1.1 200 ")
                .contains("{\"value\":\"ek_", "\"session\":{\"type\":\"transcription\"", "gpt-4o-transcribe")
                .doesNotContain("output_modalities");
    }

    @Test
    void theOldSessionIsFlatWithTheSecretInIt() {
        String answer = answerTo(postFlat(
                "sessions",
                "{\"model\":\"gpt-realtime\",\"modalities\":[\"audio\",\"text\"],\"voice\":\"marin\","
                        + "\"input_audio_format\":\"pcm16\",\"turn_detection\":null,\"temperature\":0.7,"
                        + "\"client_secret\":{\"expires_after\":{\"anchor\":\"created_at\",\"seconds\":60}}}"));
        assertThat(answer)
                .startsWith("HTTP/1.1 200 ")
                .contains("\"client_secret\":{\"value\":\"ek_", "\",\"expires_at\":" + (NOW + 60) + "}")
                .contains("\"object\":\"realtime.session\"", "\"model\":\"gpt-realtime\"", "\"voice\":\"marin\"")
                .contains("\"modalities\":[\"audio\",\"text\"]", "\"input_audio_format\":\"pcm16\"")
                .contains("\"turn_detection\":null", "\"temperature\":0.7");
    }

    @Test
    void soIsTheOldTranscriptionSession() {
        assertThat(answerTo(postFlat(
                        "transcription_sessions", "{\"input_audio_transcription\":{\"model\":\"gpt-4o-transcribe\"}}")))
                .startsWith("HTTP/1.1 200 ")
                .contains("\"object\":\"realtime.transcription_session\"", "\"client_secret\":{\"value\":\"ek_")
                .contains("\"input_audio_transcription\":{\"model\":\"gpt-4o-transcribe\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "sessions | {\"voice\":7} | invalid_type | voice",
                "sessions | {\"modalities\":[\"smell\"]} | invalid_value | modalities",
                "sessions | {\"turn_detection\":{\"type\":\"telepathy\"}} | invalid_value | turn_detection.type",
                "sessions | {\"client_secret\":{\"expires_after\":{\"seconds\":9}}} | invalid_value | client_secret.expires_after.seconds",
                "transcription_sessions | {\"turn_detection\":7} | invalid_type | turn_detection"
            })
    void aFlatBodyAtFaultIsToldWhereWithoutASession(String path, String body, String code, String param) {
        assertThat(answerTo(postFlat(path, body)))
                .startsWith("HTTP/1.1 400 ")
                .contains("\"param\":\"" + param + "\",\"code\":\"" + code + "\"}}")
                .doesNotContain("session.");
    }

    private static String postFlat(String path, String body) {
        return post("/v1/realtime/" + path, "Authorization: Bearer " + CANARY + "\r\n", body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/realtime/client_secrets",
                "/realtime/client_secrets",
                "/openai/v1/realtime/client_secrets",
                "/v1/realtime/client_secrets?a=b"
            })
    void thePathsAreThoseOfTheSocket(String path) {
        assertThat(answerTo(post(path, "api-key: " + CANARY + "\r\n", "{}"))).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{ | 400 | invalid_json | null",
                "{}{} | 400 | invalid_json | null",
                "[] | 400 | invalid_type | \"body\"",
                "{\"session\":[]} | 400 | invalid_type | \"session\"",
                "{\"session\":{}} | 400 | missing_required_parameter | \"session.type\"",
                "{\"session\":{\"type\":\"translation\"}} | 400 | invalid_value | \"session.type\"",
                "{\"session\":{\"type\":\"realtime\",\"model\":7}} | 400 | invalid_type | \"session.model\"",
                "{\"session\":{\"type\":\"realtime\",\"audio\":{\"output\":{\"voice\":7}}}} | 400 | invalid_type | \"session.audio.output.voice\"",
                "{\"session\":{\"type\":\"realtime\",\"audio\":{\"output\":{\"speed\":9}}}} | 400 | invalid_value | \"session.audio.output.speed\"",
                "{\"expires_after\":600} | 400 | invalid_type | \"expires_after\"",
                "{\"expires_after\":{\"seconds\":9}} | 400 | invalid_value | \"expires_after.seconds\"",
                "{\"expires_after\":{\"seconds\":7201}} | 400 | invalid_value | \"expires_after.seconds\"",
                "{\"expires_after\":{\"seconds\":\"60\"}} | 400 | invalid_type | \"expires_after.seconds\"",
                "{\"expires_after\":{\"anchor\":\"now\",\"seconds\":60}} | 400 | invalid_value | \"expires_after.anchor\""
            })
    void aBodyAtFaultIsToldWhereAndTheConnectionGoesOn(String body, int status, String code, String param) {
        assertThat(answerTo(post(body)))
                .startsWith("HTTP/1.1 " + status + " ")
                .contains("\"type\":\"invalid_request_error\",\"param\":" + param + ",\"code\":\"" + code + "\"}}")
                .doesNotContain("ek_");
        assertThat(answerTo(post("{}"))).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 7200})
    void theBoundsOfALifetimeAreInside(int seconds) {
        assertThat(answerTo(post("{\"expires_after\":{\"seconds\":" + seconds + "}}")))
                .contains("\"expires_at\":" + (NOW + seconds) + ",");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // the head is at fault; KEY stands for a good key
                "POST /v1/realtime/client_secrets HTTP/1.1~Host: g~Content-Length: 2~Content-Type: application/json~~{} | 401 | invalid_api_key",
                "POST /v1/realtime/client_secrets HTTP/1.1~Host: g~Authorization: Bearer sk-other~~ | 401 | invalid_api_key",
                "POST /v1/realtime/client_secrets HTTP/1.1~Host: g~KEY~Origin: https://evil.example~~ | 403 | origin_not_allowed",
                "POST /v1/realtime/client_secrets?api_key=sk HTTP/1.1~Host: g~KEY~~ | 400 | bad_request",
                "POST /v1/realtime/client_secrets?a=%zz HTTP/1.1~Host: g~KEY~~ | 400 | bad_request",
                "POST /v1/realtime/client_secrets HTTP/1.1~KEY~~ | 400 | bad_request",
                "POST /v1/realtime/client_secrets HTTP/1.1~Host: g~Host: h~KEY~~ | 400 | bad_request",
                "POST /v1/realtime/client_secret HTTP/1.1~Host: g~KEY~~ | 404 | not_found",
                "POST /v1/realtime/client_secrets/ HTTP/1.1~Host: g~KEY~~ | 404 | not_found",
                "POST /v1/realtime/client%5Fsecrets HTTP/1.1~Host: g~KEY~~ | 404 | not_found",
                "GET /v1/realtime/client_secrets HTTP/1.1~Host: g~KEY~~ | 405 | method_not_allowed",
                "OPTIONS /v1/realtime/client_secrets HTTP/1.1~Host: g~KEY~~ | 405 | method_not_allowed",
                "POST /v1/realtime/client_secrets HTTP/1.1~Host: g~KEY~Content-Type: application/json~Content-Length: 65537~~ | 413 | body_too_large",
                "POST /v1/realtime/client_secrets HTTP/1.1~Host: g~KEY~Content-Length: 2~~{} | 415 | unsupported_media_type",
                "POST /v1/realtime/client_secrets HTTP/1.1~Host: g~KEY~Content-Type: text/plain~Content-Length: 2~~{} | 415 | unsupported_media_type",
                "POST /v1/realtime/client_secrets HTTP/1.1~Host: g~KEY~Content-Type: text/plain~Transfer-Encoding: chunked~~ | 415 | unsupported_media_type",
                "POST /v1/realtime/client_secrets HTTP/1.1~Host: g~KEY~Content-Type: application/json~Transfer-Encoding: chunked~~xyz~~ | 400 | bad_request"
            })
    void aRequestThatCannotBeTakenIsTheLast(String request, int status, String code) {
        String text = request.replace("KEY", "Authorization: Bearer " + CANARY).replace("~", "\r\n");
        assertThat(answerTo(text))
                .startsWith("HTTP/1.1 " + status + " ")
                .containsIgnoringCase("connection: close\r\n")
                .contains("\r\n\r\n{\"error\":{\"message\":\"")
                .endsWith("\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"" + code + "\"}}")
                .containsOnlyOnce("HTTP/1.1 ")
                .doesNotContain(CANARY);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aBodyThatGrowsBeyondTheBoundIsCutOff() {
        String head = "POST /v1/realtime/client_secrets HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer " + CANARY
                + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        send(head);
        for (int i = 0; i < 64; i++) send("400\r\n" + " ".repeat(1024) + "\r\n");
        assertThat(received()).isEmpty();
        assertThat(answerTo("1\r\n \r\n")).startsWith("HTTP/1.1 413 ");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aBodyOfExactlyTheBoundIsTaken() {
        String body = "{" + " ".repeat(ClientSecrets.MAX_BODY_BYTES - 2) + "}";
        assertThat(answerTo(post(body))).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aRequestMayComeByteByByte() {
        String request = post("{\"expires_after\":{\"seconds\":60}}");
        for (int i = 0; i < request.length() - 1; i++) send(request.substring(i, i + 1));
        assertThat(received()).isEmpty();
        assertThat(answerTo(request.substring(request.length() - 1)))
                .startsWith("HTTP/1.1 200 ")
                .contains("\"expires_at\":" + (NOW + 60));
    }

    @Test
    void requestsOneBehindTheOtherAreAnsweredInTheirOrder() {
        String answers = answerTo(post("{") + post("{\"expires_after\":{\"seconds\":60}}") + post("[]"));
        assertThat(answers).containsSubsequence("400 Bad", "\"invalid_json\"", "200 OK", "400 Bad", "\"invalid_type\"");
    }

    @Test
    void aClientThatAsksFirstIsToldToGoOn() {
        String request =
                post("/v1/realtime/client_secrets", "api-key: " + CANARY + "\r\nExpect: 100-continue\r\n", "{}");
        assertThat(answerTo(request.substring(0, request.length() - 2))).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
        assertThat(answerTo("{}")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aClientThatWantsNoMoreIsLetGo() {
        assertThat(answerTo(post("/realtime/client_secrets", "api-key: " + CANARY + "\r\nConnection: close\r\n", "{}")))
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("connection: close\r\n");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void nothingIsReadAfterTheLastAnswer() {
        String refused = "POST /v1/realtime/client_secrets HTTP/1.1\r\nHost: g\r\n\r\n";
        assertThat(answerTo(refused + post("{}"))).startsWith("HTTP/1.1 401 ").containsOnlyOnce("HTTP/1.1 ");
    }

    @Test
    void aBodyThatDoesNotComeInTimeEndsTheConnection() {
        String request = post("{}");
        send(request.substring(0, request.length() - 1));
        advanceMillis(9_999);
        assertThat(channel.isOpen()).isTrue();
        advanceMillis(1);
        assertThat(received()).startsWith("HTTP/1.1 408 ");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aConnectionWithoutFurtherRequestsIsClosedWithoutAWord() {
        assertThat(answerTo(post("{}"))).startsWith("HTTP/1.1 200 ");
        advanceMillis(29_999);
        assertThat(answerTo(post("{}"))).startsWith("HTTP/1.1 200 ");
        advanceMillis(29_999);
        assertThat(channel.isOpen()).isTrue();
        advanceMillis(1);
        assertThat(received()).isEmpty();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aConnectionThatLeavesMidWordLeavesNothingBehind() {
        send(post("{}").substring(0, 150));
        channel.close().syncUninterruptibly();
        advanceMillis(10_000);
        assertThat(received()).isEmpty();
    }

    @Test
    void theGatewayGoingAwayEndsTheConnection() {
        assertThat(answerTo(post("{}"))).startsWith("HTTP/1.1 200 ");
        channel.pipeline().fireUserEventTriggered(CloseReason.GOING_AWAY);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void anEphemeralKeyMakesNoFurtherKeys() {
        String value = valueIn(answerTo(post("{}")));
        assertThat(answerTo(post("/v1/realtime/client_secrets", "Authorization: Bearer " + value + "\r\n", "{}")))
                .startsWith("HTTP/1.1 403 ")
                .contains("\"code\":\"ephemeral_key_not_allowed\"")
                .doesNotContain("ek_");
    }

    @Test
    void tooManyKeysAreRefusedUntilSomeExpire() {
        String body = "{\"expires_after\":{\"seconds\":10}}";
        EphemeralKeys.Grant grant = new EphemeralKeys.Grant("key-1", SessionSettings.defaults("antiphon", "alloy"));
        for (int i = 0; i < EphemeralKeys.MAX_KEYS; i++)
            assertThat(keys.mint(grant, 10, 0)).isNotNull();
        assertThat(answerTo(post(body)))
                .startsWith("HTTP/1.1 429 ")
                .containsIgnoringCase("retry-after: 10\r\n")
                .contains("\"type\":\"rate_limit_error\",\"param\":null,\"code\":\"too_many_ephemeral_keys\"");
        advanceMillis(10_000);
        assertThat(answerTo(post(body))).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void noKeyIsLoggedOrQuoted() {
        Logger gateway = (Logger) LoggerFactory.getLogger("dev.antiphon");
        Level before = gateway.getLevel();
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        gateway.addAppender(log);
        gateway.setLevel(Level.TRACE);
        try {
            String value = valueIn(answerTo(post("{}")));
            StringBuilder refusals = new StringBuilder();
            for (String key : List.of(value, CANARY + "x")) {
                refusals.append(answerTo(post("/v1/realtime/client_secrets", "api-key: " + key + "\r\n", "{}")));
                channel = connect();
                refusals.append(answerTo("GET /v1/realtime?api-key=" + key + " HTTP/1.1\r\nHost: g\r\n\r\n"));
                channel = connect();
            }
            assertThat(refusals.toString()).contains("403 Forbidden", "401 Unauthorized", "426 Upgrade Required");
            assertThat(refusals.toString()).doesNotContain(value, CANARY);
            assertThat(log.list)
                    .anySatisfy(line ->
                            assertThat(line.getFormattedMessage()).isEqualTo("client=key-1 ephemeral key for 600 s"));
            assertThat(log.list)
                    .noneSatisfy(
                            line -> assertThat(line.getFormattedMessage() + String.valueOf(line.getThrowableProxy()))
                                    .containsAnyOf(value, CANARY));
        } finally {
            gateway.setLevel(before);
            gateway.detachAppender(log);
        }
    }
}
