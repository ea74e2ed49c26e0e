package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.UpstreamFault.Kind;
import dev.antiphon.upstream.UpstreamFault.Retry;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a refusal says of asking again (F11), read as the official clients read it. */
final class RetryHintTest {
    private static final Instant NOW = Instant.parse("2026-11-20T14:00:00Z");

    @ParameterizedTest
    @CsvSource({"1500, 1500", "1.2, 2", "0, 0", "120000, 120000"})
    void retryAfterMsIsInMilliseconds(String value, long afterMillis) {
        assertThat(read("retry-after-ms", value).afterMillis()).isEqualTo(afterMillis);
    }

    @ParameterizedTest
    @CsvSource({"2, 2000", "0.25, 250"})
    void retryAfterIsInSeconds(String value, long afterMillis) {
        assertThat(read("retry-after", value).afterMillis()).isEqualTo(afterMillis);
    }

    @ParameterizedTest
    @CsvSource({"'Fri, 20 Nov 2026 14:00:09 GMT', 9000", "'Fri, 20 Nov 2026 13:59:00 GMT', 0"})
    void retryAfterMayBeADate(String value, long afterMillis) {
        assertThat(read("retry-after", value).afterMillis()).isEqualTo(afterMillis);
    }

    @Test
    void millisecondsGoBeforeSeconds() {
        HttpHeaders headers =
                new DefaultHttpHeaders().set("retry-after-ms", "5").set("retry-after", "60");
        assertThat(RetryHint.read(headers, NOW).afterMillis()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "soon", "-1", "NaN", "Infinity", "0x1p3", "1d", "1e9", "--", "1.2.3", "Fri, 99 Nov 2026"})
    void whatCannotBeMeantIsNoHint(String value) {
        assertThat(read("retry-after", value)).isEqualTo(RetryHint.NONE);
    }

    @Test
    void anAbsurdTimeIsClampedToADay() {
        assertThat(read("retry-after", "99999999999999999999").afterMillis()).isEqualTo(86_400_000);
        assertThat(read("retry-after", "Fri, 20 Nov 2099 14:00:00 GMT").afterMillis())
                .isEqualTo(86_400_000);
    }

    @Test
    void withoutAHintTheStatusDecides() {
        assertThat(RetryHint.NONE.of(fault(429, null, true))).isEqualTo(new Retry(true, -1));
        assertThat(RetryHint.NONE.of(fault(400, null, false))).isEqualTo(new Retry(false, -1));
    }

    @Test
    void upToTwoMinutesAreWorthwhileAndNothingBeyond() {
        assertThat(new RetryHint(120_000, null).of(fault(429, null, true))).isEqualTo(new Retry(true, 120_000));
        assertThat(new RetryHint(120_001, null).of(fault(429, null, true))).isEqualTo(new Retry(false, 120_001));
        assertThat(new RetryHint(120_001, true).of(fault(429, null, true))).isEqualTo(new Retry(false, 120_001));
    }

    @Test
    void theProvidersOwnWordGoesBeforeTheStatus() {
        HttpHeaders yes = new DefaultHttpHeaders().set("x-should-retry", "true");
        HttpHeaders no = new DefaultHttpHeaders().set("x-should-retry", "false");
        assertThat(RetryHint.read(yes, NOW).of(fault(400, null, false))).isEqualTo(new Retry(true, -1));
        assertThat(RetryHint.read(no, NOW).of(fault(503, null, true))).isEqualTo(new Retry(false, -1));
    }

    @Test
    void anEmptyPurseIsNeverAskedAgain() {
        assertThat(new RetryHint(10, true).of(fault(429, "insufficient_quota", false)))
                .isEqualTo(new Retry(false, 10));
    }

    private static RetryHint read(String name, String value) {
        return RetryHint.read(new DefaultHttpHeaders().set(name, value), NOW);
    }

    private static UpstreamFault fault(int status, @Nullable String code, boolean retryable) {
        return new UpstreamFault(Kind.REFUSED, status, "t", code, null, "no", retryable);
    }
}
