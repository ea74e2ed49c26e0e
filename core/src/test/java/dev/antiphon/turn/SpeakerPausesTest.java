package dev.antiphon.turn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpeakerPausesTest {
    @Test
    void aSpeakerWhosePausesAreShortIsKnownAfterTenOfThem() {
        assertThat(after(220, 10)).isBetween(230.0, 400.0);
    }

    @Test
    void aSpeakerWhosePausesAreLongIsGivenMoreThanThose() {
        assertThat(after(1_000, 10)).isBetween(1_100.0, 2_200.0);
    }

    @Test
    void oneLongPauseDoesNotMakeASlowSpeaker() {
        assertThat(after(1_500, 1)).isBetween(after(1_500, 0), 1_500.0);
    }

    @Test
    void whatAnotherSpeakerDidIsForgotten() {
        SpeakerPauses pauses = new SpeakerPauses();
        for (int i = 0; i < 20; i++) pauses.learn(1_500);
        for (int i = 0; i < 40; i++) pauses.learn(250);
        assertThat(pauses.clearlyLongerMillis()).isLessThan(400);
    }

    private static double after(int pauseMillis, int times) {
        SpeakerPauses pauses = new SpeakerPauses();
        for (int i = 0; i < times; i++) pauses.learn(pauseMillis);
        return pauses.clearlyLongerMillis();
    }
}
