package dev.antiphon.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.realtime.Dialect;
import dev.antiphon.server.client.Admission.Applicant;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.testing.NoBufferLeaks;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class HandshakeTest {
    @ParameterizedTest
    @ValueSource(strings = {"/v1/realtime", "/realtime", "/openai/v1/realtime", "/v1/realtime?temperature=0.8"})
    void aWellFormedRequestBecomesAWebSocket(String uri) {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send(client.upgradeRequest(uri, ""));
            // The accept key is that of RFC 6455 §1.3.
            assertThat(client.takeText())
                    .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
                    .containsIgnoringCase("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
                    .doesNotContainIgnoringCase("sec-websocket-protocol")
                    .doesNotContainIgnoringCase("sec-websocket-extensions");
            assertThat(client.session.takeCalls()).containsExactly("new ", "open");
        }
    }

    @Test
    void theModelIsThatOfTheQuery() {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send(client.upgradeRequest("/v1/realtime?a=b&model=my%20model", ""));
            assertThat(client.session.takeCalls()).containsExactly("new my model", "open");
        }
    }

    @Test
    void whatTheKeyWasMadeForAndTheIntentReachTheSession() {
        SessionSettings bound = SessionSettings.defaults("bound", "marin");
        Admission admission = applicant -> new Admission.Welcome("key-1", bound);
        try (ClientOnAChannel client = new ClientOnAChannel(ClientLimits.DEFAULT, admission)) {
            client.send(client.upgradeRequest("/v1/realtime?intent=transcription", ""));
            assertThat(client.session.opening()).isEqualTo(new Opening("key-1", "", bound, true));
        }
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send(client.upgradeRequest("/v1/realtime?intent=other&model=m", ""));
            assertThat(client.session.opening()).isEqualTo(new Opening("anyone", "m", null, false));
        }
    }

    @Test
    void theHeadMayComeByteByByteWithAFrameRightBehindIt() {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.session.onOpen = () -> client.session.outlet().send(new ServerEvent.InputAudioCleared());
            byte[] head = client.upgradeRequest("/v1/realtime", "").getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < head.length - 1; i++) client.send(new byte[] {head[i]});
            assertThat(client.session.takeCalls()).isEmpty();
            byte[] frame = ClientOnAChannel.frame(
                    ClientOnAChannel.TEXT, true, "{\"type\":\"response.create\"}".getBytes(StandardCharsets.UTF_8));
            byte[] rest = new byte[1 + frame.length];
            rest[0] = head[head.length - 1];
            System.arraycopy(frame, 0, rest, 1, frame.length);
            client.send(rest);
            assertThat(client.session.takeCalls()).containsExactly("new ", "open", "ResponseCreate");
            assertThat(client.takeText()).startsWith("HTTP/1.1 101 ").endsWith("\"event_id\":\"event_1\"}");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "realtime | realtime",
                "realtime, openai-insecure-api-key.sk-1 | realtime",
                "openai-insecure-api-key.sk-1,realtime,openai-agents-sdk.0.1 | realtime",
                "openai-insecure-api-key.sk-1 | none",
                "realtime, openai-insecure-api-key.sk-1, openai-beta.realtime-v1 | realtime",
                "openai-beta.realtime-v1, openai-insecure-api-key.sk-1 | openai-beta.realtime-v1",
                "chat | none"
            })
    void oneSubprotocolThatWeSpeakIsChosenRealtimeFirst(String offered, @Nullable String chosen) {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send(client.upgradeRequest("/v1/realtime", "Sec-WebSocket-Protocol: " + offered + "\r\n"));
            String answer = client.takeText();
            assertThat(answer).startsWith("HTTP/1.1 101 ").doesNotContain("sk-1");
            if (chosen == null) assertThat(answer).doesNotContainIgnoringCase("sec-websocket-protocol");
            else assertThat(answer).containsIgnoringCase("sec-websocket-protocol: " + chosen + "\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/realtime | X: y | GA",
                "/v1/realtime | OpenAI-Beta: realtime=v1 | BETA",
                "/openai/v1/realtime | openai-beta: assistants=v2 , realtime=v1 | BETA",
                "/v1/realtime | OpenAI-Beta: assistants=v2~OpenAI-Beta: realtime=v1 | BETA",
                "/v1/realtime | OpenAI-Beta: realtime=v10 | GA",
                "/v1/realtime | OpenAI-Beta: assistants=v2 | GA",
                "/v1/realtime | Sec-WebSocket-Protocol: realtime, openai-beta.realtime-v1 | BETA",
                "/v1/realtime | Sec-WebSocket-Protocol: realtime | GA",
                "/openai/realtime?api-version=2024-10-01-preview | X: y | BETA",
                "/openai/realtime | X: y | GA",
                "/openai/realtime | OpenAI-Beta: realtime=v1 | BETA",
                "/openai/v1/realtime?api-version=2024-10-01-preview | X: y | GA",
                "/v1/realtime?api-version=2024-10-01-preview | X: y | GA"
            })
    void theHandshakeSaysTheDialect(String uri, String headers, Dialect dialect) {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.session.onOpen = () -> client.session
                    .outlet()
                    .send(new ServerEvent.OutputTextDelta(new PartRef("resp_1", "item_1", 0, 0), "hi"));
            client.send(client.upgradeRequest(uri, headers.replace("~", "\r\n") + "\r\n"));
            assertThat(client.takeText())
                    .startsWith("HTTP/1.1 101 ")
                    .contains(dialect == Dialect.BETA ? "\"response.text.delta\"" : "\"response.output_text.delta\"");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/openai/realtime?api-version=v&deployment=mine | mine",
                "/openai/realtime?api-version=v&deployment=mine&model=other | mine",
                "/openai/realtime?api-version=v&model=other | other",
                "/v1/realtime?deployment=mine&model=other | other",
                "/v1/realtime?model=m&intent=transcription | m to transcribe",
                "/openai/realtime?api-version=v&deployment=mine&intent=transcription | mine to transcribe",
                "/v1/realtime?model=m&intent=other | m"
            })
    void theQuerySaysWhatIsWanted(String uri, String wanted) {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send(client.upgradeRequest(uri, ""));
            assertThat(client.session.takeCalls()).containsExactly("new " + wanted, "open");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/openai/realtime?api-version=v&api-key=sk-4 | X: y | sk-4",
                "/openai/realtime?api-key=sk-4&api-version=v | api-key: sk-5 | sk-5"
            })
    void azuresPreviewLetsBrowsersPutTheKeyIntoTheQuery(String uri, String header, String key) {
        List<Applicant> asked = new ArrayList<>();
        Admission admission = applicant -> {
            asked.add(applicant);
            return Admission.Welcome.ANYONE;
        };
        try (ClientOnAChannel client = new ClientOnAChannel(ClientLimits.DEFAULT, admission)) {
            client.send(client.upgradeRequest(uri, header + "\r\n"));
            assertThat(client.takeText()).startsWith("HTTP/1.1 101 ").doesNotContain(key);
            assertThat(asked).containsExactly(new Applicant("/openai/realtime", null, "gateway", key));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/openai/realtime?api-version=v&API-KEY=k",
                "/openai/realtime?api-version=v&api_key=k",
                "/openai/realtime?api-version=v&api-key=k&Authorization=k",
                "/openai/v1/realtime?api-key=k",
                "/realtime?api-key=k"
            })
    void noOtherKeyIsTakenFromAnUri(String uri) {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send(client.upgradeRequest(uri, ""));
            assertThat(client.takeText()).startsWith("HTTP/1.1 400 ");
            assertThat(client.session.takeCalls()).isEmpty();
        }
    }

    @Test
    void extensionsAreNotNegotiated() {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send(client.upgradeRequest("/v1/realtime", "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
            assertThat(client.takeText()).startsWith("HTTP/1.1 101 ").doesNotContainIgnoringCase("extensions");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET / HTTP/1.1~Host: g~ | 404",
                "GET /v1/other HTTP/1.1~Host: g~ | 404",
                "GET /v1/realtime/ HTTP/1.1~Host: g~ | 404",
                "POST /v1/realtime HTTP/1.1~Host: g~Content-Length: 0~ | 405",
                "GET /v1/realtime HTTP/1.1~Host: g~ | 426",
                "GET /v1/realtime HTTP/1.1~Host: g~Connection: Upgrade~Upgrade: h2c~ | 426",
                "GET /v1/realtime HTTP/1.1~Host: g~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 8~Sec-WebSocket-Key: KEY~ | 426",
                "GET /v1/realtime HTTP/1.1~Host: g~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~ | 400",
                "GET /v1/realtime HTTP/1.1~Host: g~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: AAAA~ | 400",
                "GET /v1/realtime HTTP/1.1~Host: g~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: not base64 at all!!!!!!!~ | 400",
                "GET /v1/realtime HTTP/1.1~Host: g~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: KEY~Sec-WebSocket-Key: KEY~ | 400",
                "GET /v1/realtime HTTP/1.0~Host: g~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: KEY~ | 400",
                "GET /v1/realtime HTTP/1.1~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: KEY~ | 400",
                "GET /v1/realtime HTTP/1.1~Host: g~Host: h~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: KEY~ | 400",
                "GET /v1/realtime HTTP/1.1~Host: g~Content-Length: 3~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: KEY~~abc | 400",
                "GET /v1/realtime HTTP/1.1~Host: g~Transfer-Encoding: chunked~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: KEY~~0~ | 400",
                "GET /v1/realtime?api-key=k HTTP/1.1~Host: g~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: KEY~ | 400",
                "GET /v1/realtime?model=%zz HTTP/1.1~Host: g~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: KEY~ | 400",
                "GET /v1/realtime HTTP/1.1~Host: g~Bad Header: x~Connection: Upgrade~Upgrade: websocket~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: KEY~ | 400",
                "NONSENSE~ | 400"
            })
    void anythingElseIsAnErrorInTheShapeOfTheApiAndTheEnd(String request, int status) {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send(request.replace("KEY", ClientOnAChannel.KEY).replace("~", "\r\n") + "\r\n");
            String answer = client.takeText();
            assertThat(answer)
                    .startsWith("HTTP/1.1 " + status + " ")
                    .containsIgnoringCase("content-type: application/json\r\n")
                    .contains("\r\n\r\n{\"error\":{\"message\":\"")
                    .endsWith("}}")
                    .containsOnlyOnce("content-length: ");
            assertThat(client.channel.isOpen()).isFalse();
            assertThat(client.session.takeCalls()).isEmpty();
        }
    }

    @Test
    void aHeadOverEightKibibytesIsRefused() {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send(client.upgradeRequest("/v1/realtime", "X: " + "x".repeat(7 * 1024) + "\r\n"));
            assertThat(client.takeText()).startsWith("HTTP/1.1 431 ");
            assertThat(client.channel.isOpen()).isFalse();
        }
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send(client.upgradeRequest("/v1/realtime?" + "x".repeat(3 * 1024), ""));
            assertThat(client.takeText()).startsWith("HTTP/1.1 414 ");
        }
    }

    @Test
    void aHeadThatDoesNotComeInTimeEndsTheConnection() {
        for (String begun : List.of("", "GET /v1/re", "GET /v1/realtime HTTP/1.1\r\nHost: g\r\n")) {
            try (ClientOnAChannel client = new ClientOnAChannel()) {
                if (!begun.isEmpty()) client.send(begun);
                client.advanceMillis(4_999);
                assertThat(client.channel.isOpen()).isTrue();
                client.advanceMillis(1);
                assertThat(client.takeText()).startsWith("HTTP/1.1 408 ");
                assertThat(client.channel.isOpen()).isFalse();
            }
        }
    }

    @Test
    void theTimeForTheHeadIsOverOnceItIsThere() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.advanceMillis(5_000);
            assertThat(client.channel.isOpen()).isTrue();
            assertThat(client.takeFrames()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Authorization: Bearer sk-1 | sk-1",
                "authorization: bearer  sk-1 | sk-1",
                "api-key: sk-2 | sk-2",
                "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.sk-3 | sk-3",
                "Authorization: Basic eDp5 |"
            })
    void theKeyIsFoundWhereClientsPutIt(String header, @Nullable String key) {
        List<Applicant> asked = new ArrayList<>();
        Admission admission = applicant -> {
            asked.add(applicant);
            return Admission.Welcome.ANYONE;
        };
        try (ClientOnAChannel client = new ClientOnAChannel(ClientLimits.DEFAULT, admission)) {
            client.send(client.upgradeRequest("/v1/realtime", header + "\r\nOrigin: https://page\r\n"));
            assertThat(asked).containsExactly(new Applicant("/v1/realtime", "https://page", "gateway", key));
            if (key != null) assertThat(asked.toString()).doesNotContain(key);
        }
    }

    @Test
    void whoIsNotAdmittedIsToldWhyBeforeAnythingIsMade() {
        Admission admission = applicant -> Refusal.BAD_KEY;
        try (ClientOnAChannel client = new ClientOnAChannel(ClientLimits.DEFAULT, admission)) {
            client.send(client.upgradeRequest("/v1/realtime", ""));
            assertThat(client.takeText())
                    .startsWith("HTTP/1.1 401 ")
                    .endsWith("{\"error\":{\"message\":\"Incorrect or missing API key.\","
                            + "\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}");
            assertThat(client.channel.isOpen()).isFalse();
            assertThat(client.session.takeCalls()).isEmpty();
        }
    }

    @Test
    void aSessionThatCannotOpenClosesWith1011() {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.session.onOpen = () -> {
                throw new IllegalStateException("planted");
            };
            client.send(client.upgradeRequest("/v1/realtime", ""));
            String answer = client.takeText();
            assertThat(answer).startsWith("HTTP/1.1 101 ");
            assertThat(client.channel.isOpen()).isFalse();
            assertThat(client.session.takeCalls()).containsExactly("new ", "open", "close NORMAL");
            assertThat(answer.getBytes(StandardCharsets.ISO_8859_1)).contains((byte) 0x03);
        }
    }

    @Test
    void nothingIsReadAfterARefusal() {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n" + client.upgradeRequest("/v1/realtime", ""));
            assertThat(client.takeText()).startsWith("HTTP/1.1 404 ").containsOnlyOnce("HTTP/1.1");
            assertThat(client.session.takeCalls()).isEmpty();
        }
    }
}
