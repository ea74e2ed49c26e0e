package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.upstream.RateLimit;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RateLimitHeadersTest {
    private final HttpHeaders headers = new DefaultHttpHeaders();

    @Test
    void openAiNamesRequestsAndTokens() {
        headers.set("x-ratelimit-limit-requests", "20000")
                .set("x-ratelimit-limit-tokens", "15000000")
                .set("x-ratelimit-remaining-requests", "19999")
                .set("x-ratelimit-remaining-tokens", "14999987")
                .set("X-RateLimit-Reset-Requests", "3ms")
                .set("x-ratelimit-reset-tokens", "0s");
        assertThat(RateLimitHeaders.read(headers))
                .containsExactly(
                        new RateLimit("requests", 20_000, 19_999, 0.003),
                        new RateLimit("tokens", 15_000_000, 14_999_987, 0));
    }

    @Test
    void azureHasNoReset() {
        headers.set("x-ratelimit-limit-tokens", "100").set("x-ratelimit-remaining-tokens", "7");
        assertThat(RateLimitHeaders.read(headers)).containsExactly(new RateLimit("tokens", 100, 7, 0));
    }

    @Test
    void aHeadWithoutLimitsSaysNothing() {
        headers.set("x-ratelimit-limit-images", "1").set("x-ratelimit-remaining-images", "1");
        assertThat(RateLimitHeaders.read(headers)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5", "1e3", "many", "１", "9999999999999999999", "1 000"})
    void aCountThatIsNoneIsAsIfAbsent(String count) {
        headers.set("x-ratelimit-limit-requests", count).set("x-ratelimit-remaining-requests", "1");
        headers.set("x-ratelimit-limit-tokens", "1").set("x-ratelimit-remaining-tokens", count);
        assertThat(RateLimitHeaders.read(headers)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "3ms, 0.003",
        "150ms, 0.15",
        "0s, 0",
        "6m0s, 360",
        "1h2m3.5s, 3723.5",
        "1m0.25s, 60.25",
        "20µs, 0.00002",
        "500ns, 0.0000005",
        "17, 17",
        "0.5, 0.5",
        " 1s , 1",
    })
    void aResetIsADurationOrSeconds(String reset, double seconds) {
        assertThat(resetSeconds(reset)).isEqualTo(seconds, Offset.offset(1e-9));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1s", "1d", "1s5", "5m3", "..s", "1.2.3s", ".", "Infinity", "NaN", "1 s", "1e9s"})
    void aResetThatIsNoneCountsAsUnknown(String reset) {
        assertThat(resetSeconds(reset)).isZero();
    }

    private double resetSeconds(String reset) {
        headers.set("x-ratelimit-limit-requests", "2")
                .set("x-ratelimit-remaining-requests", "1")
                .set("x-ratelimit-reset-requests", reset);
        return RateLimitHeaders.read(headers).get(0).resetSeconds();
    }
}
