package dev.antiphon.server.overload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DoorTest {
    @Test
    void itClosesAboveTheLimitAndOpensBelowHalfOfIt() {
        Door door = new Door(20);
        assertThat(door.onLag(20)).isTrue();
        assertThat(door.onLag(21)).isFalse();
        assertThat(door.onLag(15)).isFalse();
        assertThat(door.onLag(10)).isFalse();
        assertThat(door.isOpen()).isFalse();
        assertThat(door.onLag(9)).isTrue();
        assertThat(door.onLag(15)).isTrue();
        assertThat(door.isOpen()).isTrue();
    }

    @Test
    void aLimitOfZeroNeverCloses() {
        assertThat(new Door(0).onLag(Long.MAX_VALUE)).isTrue();
    }
}
