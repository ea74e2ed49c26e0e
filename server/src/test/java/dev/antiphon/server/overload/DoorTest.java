package dev.antiphon.server.overload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DoorTest {
    @Test
    void itClosesAboveTheLimitAndOpensBelowALowerOne() {
        Door door = new Door(20, 10);
        assertThat(door.onMeasured(20)).isTrue();
        assertThat(door.onMeasured(21)).isFalse();
        assertThat(door.onMeasured(15)).isFalse();
        assertThat(door.onMeasured(10)).isFalse();
        assertThat(door.isOpen()).isFalse();
        assertThat(door.onMeasured(9)).isTrue();
        assertThat(door.onMeasured(15)).isTrue();
        assertThat(door.isOpen()).isTrue();
    }

    @Test
    void aLimitOfZeroNeverCloses() {
        assertThat(new Door(0, 0).onMeasured(Double.MAX_VALUE)).isTrue();
    }
}
