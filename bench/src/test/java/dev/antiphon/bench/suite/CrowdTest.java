package dev.antiphon.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.bench.suite.Load.Length;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CrowdTest {
    @Test
    void itComesWhenThoseInsideAreMeasuredAndEndsWithThem() {
        Crowd crowd = Crowd.of("900@30");
        assertThat(crowd.startSeconds(new Length(60, 80))).isEqualTo(65);
        // 5 s alone, 30 s of connecting, 20 s of beginning
        assertThat(crowd.length(new Length(60, 80))).isEqualTo(new Length(20, 25));
    }

    @Test
    void itNeedsTimeToSpeak() {
        assertThatThrownBy(() -> Crowd.of("900@30").length(new Length(60, 55)))
                .hasMessage("seconds: 55 (expected: > 55, so that a crowd of 900 at 30 a second speaks in time)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "900", "900@", "@30", "0@30", "900@0", "-1@5", "12345678@1"})
    void whatItCannotBeIsNamed(String definition) {
        assertThatThrownBy(() -> Crowd.of(definition))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("crowd: " + definition + " (expected: SESSIONS@PER-SECOND, both > 0)");
    }
}
