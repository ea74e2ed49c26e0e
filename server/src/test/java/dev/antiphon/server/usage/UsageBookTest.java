package dev.antiphon.server.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.usage.PriceTable;
import dev.antiphon.usage.PriceTable.Price;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.UsageObserver;
import dev.antiphon.usage.UsageSplit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What clients have used, each for itself. */
@ExtendWith(NoBufferLeaks.class)
class UsageBookTest {
    private static final PriceTable PRICES =
            new PriceTable("EUR", Map.of("gpt-audio", new Price(2, 32, 0, 0.5, 10, 64, 0, 0)));
    private static final TokenCounts ASKED = new TokenCounts(1_000, 0, 0, 0, 0, 0, 0);
    private static final TokenCounts SPOKEN = new TokenCounts(0, 0, 0, 0, 0, 500, 0);

    private final UsageBook book = new UsageBook(PRICES, 1_780_000_000L);

    @Test
    void aClientSeesItsOwnAndNobodyElses() {
        book.accountOf("key-1").onUsage(heard("resp_1", "conv_1"), null);
        assertThat(statement("key-1")).contains("\"client\":\"key-1\"", "resp_1", "conv_1", "\"currency\":\"EUR\"");
        assertThat(statement("key-2")).contains("\"responses\":0").doesNotContain("resp_1", "conv_1");
    }

    @Test
    void tokensBecomeMoneyByTheModelsPrice() {
        book.accountOf("key-1").onUsage(heard("resp_1", "conv_1"), null);
        assertThat(total("key-1"))
                .startsWith("{\"responses\":1,\"unpriced_responses\":0,\"estimated_responses\":0,\"cost\":0.034,"
                        + "\"heard\":{\"input_text_tokens\":1000,\"input_audio_tokens\":0,")
                .contains("\"output_audio_tokens\":500,\"cost\":0.034}");
    }

    @Test
    void aModelWithoutAPriceIsCountedAndSaidToBeUnpriced() {
        UsageSplit split = new UsageSplit(ASKED, TokenCounts.NONE, TokenCounts.NONE);
        book.accountOf("key-1").onUsage(new ResponseUsage("resp_1", null, "other", split, true), null);
        assertThat(total("key-1"))
                .startsWith("{\"responses\":1,\"unpriced_responses\":1,\"estimated_responses\":1,\"cost\":0.0,");
    }

    @Test
    void aCorrectionMovesTokensAndAddsNone() {
        UsageObserver account = book.accountOf("key-1");
        ResponseUsage before = heard("resp_1", "conv_1");
        account.onUsage(before, null);
        account.onUsage(cut("resp_1", "conv_1"), before);
        assertThat(total("key-1"))
                .startsWith("{\"responses\":1,")
                .contains("\"unheard\":{\"input_text_tokens\":0,", "\"output_audio_tokens\":500,\"cost\":0.032}");
        assertThat(statement("key-1").split("resp_1", -1)).as("one line").hasSize(2);
    }

    @Test
    void whatIsLongPastIsForgottenButNotItsSum() {
        UsageObserver account = book.accountOf("key-1");
        ResponseUsage first = heard("resp_0", "conv_0");
        account.onUsage(first, null);
        for (int i = 1; i <= 1_000; i++) account.onUsage(heard("resp_" + i, "conv_" + i), null);
        account.onUsage(cut("resp_0", "conv_0"), first);
        assertThat(total("key-1")).startsWith("{\"responses\":1001,").contains("\"cost\":34.034");
        assertThat(statement("key-1"))
                .doesNotContain("\"resp_0\"", "\"conv_0\"")
                .contains("\"resp_1000\"");
        assertThat(statement("key-1").length()).isLessThan(600_000);
    }

    @Test
    void modelsOfAllNamesCannotFillTheMemory() {
        UsageObserver account = book.accountOf("key-1");
        UsageSplit split = new UsageSplit(ASKED, TokenCounts.NONE, TokenCounts.NONE);
        for (int i = 0; i < 1_000; i++) {
            account.onUsage(new ResponseUsage("resp_" + i, null, "model-" + i, split, false), null);
        }
        assertThat(statement("key-1")).contains("(other)").contains("\"input_text_tokens\":1000000");
    }

    @Test
    void sessionsOnManyLoopsLoseNothing() throws Exception {
        UsageObserver account = book.accountOf("key-1");
        CountDownLatch start = new CountDownLatch(1);
        Thread[] loops = new Thread[4];
        for (int i = 0; i < loops.length; i++) {
            int loop = i;
            loops[i] = new Thread(() -> {
                try {
                    start.await();
                } catch (InterruptedException e) {
                    return;
                }
                for (int n = 0; n < 1_000; n++) account.onUsage(heard("resp_" + loop + "_" + n, "conv_" + loop), null);
            });
            loops[i].start();
        }
        start.countDown();
        for (Thread loop : loops) loop.join();
        assertThat(total("key-1")).startsWith("{\"responses\":4000,");
    }

    private static ResponseUsage heard(String id, @Nullable String conversationId) {
        UsageSplit split = new UsageSplit(ASKED.plus(SPOKEN), TokenCounts.NONE, TokenCounts.NONE);
        return new ResponseUsage(id, conversationId, "gpt-audio", split, false);
    }

    private static ResponseUsage cut(String id, @Nullable String conversationId) {
        return new ResponseUsage(
                id, conversationId, "gpt-audio", new UsageSplit(ASKED, SPOKEN, TokenCounts.NONE), false);
    }

    private String total(String client) {
        String statement = statement(client);
        int from = statement.indexOf("\"total\":") + "\"total\":".length();
        return statement.substring(from, statement.indexOf(",\"models\""));
    }

    private String statement(String client) {
        ByteBuf out = Unpooled.buffer();
        try {
            book.write(client, out);
            return out.toString(StandardCharsets.UTF_8);
        } finally {
            out.release();
        }
    }
}
