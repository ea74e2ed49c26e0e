package dev.antiphon.server.rest.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.client.Admission;
import dev.antiphon.server.client.Admission.Welcome;
import dev.antiphon.server.client.ClientChannelInitializer;
import dev.antiphon.server.client.ClientLimits;
import dev.antiphon.server.rest.RestLimits;
import dev.antiphon.server.rest.RestRoutes;
import dev.antiphon.server.usage.UsageBook;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.time.NanoClock;
import dev.antiphon.usage.PriceTable;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.UsageSplit;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class AccountRoutesTest {
    private final UsageBook book = new UsageBook(PriceTable.NONE, 1_700_000_000);
    private final ModelNames names =
            () -> List.of(new ModelNames.Model("gpt-audio", "east", 7), new ModelNames.Model("qwen/omni+x", "west", 0));
    private final EmbeddedChannel channel = new EmbeddedChannel(new ClientChannelInitializer(
            ClientLimits.DEFAULT,
            AccountRoutesTest::verdictOn,
            (opening, outlet, timers, loop) -> {
                throw new AssertionError("no session is wanted here");
            },
            new RestRoutes(
                    AccountRoutesTest::verdictOn, RestLimits.DEFAULT, List.of(new AccountRoutes(names, book).routes())),
            NanoClock.SYSTEM));

    private static Admission.Verdict verdictOn(Admission.Applicant applicant) {
        return applicant.apiKey() == null ? Admission.Refusal.BAD_KEY : new Welcome(applicant.apiKey(), null);
    }

    @AfterEach
    void disconnect() {
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models", "/models", "/openai/v1/models"})
    void theListHasEveryModelInItsOrder(String path) {
        assertThat(get(path))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .endsWith("{\"object\":\"list\",\"data\":["
                        + "{\"id\":\"gpt-audio\",\"object\":\"model\",\"created\":7,\"owned_by\":\"east\"},"
                        + "{\"id\":\"qwen/omni+x\",\"object\":\"model\",\"created\":0,\"owned_by\":\"west\"}]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models/qwen/omni+x", "/models/qwen%2Fomni%2Bx"})
    void oneIsFoundByItsName(String path) {
        assertThat(get(path))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .endsWith("\r\n\r\n{\"id\":\"qwen/omni+x\",\"object\":\"model\",\"created\":0,\"owned_by\":\"west\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-audi", "gpt-audio-2", "%zz", "GPT-AUDIO"})
    void anotherNameIsNotFound(String name) {
        assertThat(get("/v1/models/" + name))
                .startsWith("HTTP/1.1 404 ")
                .contains("The model '" + name + "' does not exist")
                .endsWith("\"type\":\"invalid_request_error\",\"param\":\"model\",\"code\":\"model_not_found\"}}");
    }

    @Test
    void everybodySeesWhatTheirOwnKeyHasUsed() {
        TokenCounts tokens = new TokenCounts(3, 0, 0, 0, 5, 0, 0);
        UsageSplit split = UsageSplit.of(tokens, UsageSplit.Ending.DELIVERED, 0, 0);
        book.accountOf("other").onUsage(new ResponseUsage("req_1", null, "secret-model", split, false), null);
        book.accountOf("mine").onUsage(new ResponseUsage("req_2", null, "gpt-audio", split, false), null);
        assertThat(get("/v1/usage"))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("\"client\":\"mine\"", "\"model\":\"gpt-audio\"", "\"input_text_tokens\":3,")
                .doesNotContain("secret-model", "other");
    }

    @Test
    void nobodyElseIsTold() {
        assertThat(answerTo("GET /v1/models HTTP/1.1\r\nHost: g\r\n\r\n")).startsWith("HTTP/1.1 401 ");
    }

    private String get(String path) {
        return answerTo("GET " + path + " HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer mine\r\n\r\n");
    }

    private String answerTo(String request) {
        channel.writeInbound(channel.alloc().buffer().writeBytes(request.getBytes(StandardCharsets.UTF_8)));
        channel.runPendingTasks();
        StringBuilder text = new StringBuilder();
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            text.append(bytes.toString(StandardCharsets.UTF_8));
            bytes.release();
        }
        return text.toString();
    }
}
