package dev.antiphon.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EventNumberTest {
    @Test
    void countsFromOneWithoutEnd() {
        EventNumber number = new EventNumber();
        for (int i = 1; i <= 100_001; i++) {
            number.next();
            assertThat(new String(number.text(), 0, number.length(), StandardCharsets.US_ASCII))
                    .isEqualTo("event_" + i);
        }
    }
}
