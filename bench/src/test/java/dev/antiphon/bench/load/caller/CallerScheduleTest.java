package dev.antiphon.bench.load.caller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.bench.load.caller.ConversationPlan.Span;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallerScheduleTest {
    private static final int FRAMES = 20_000;
    private static final Span SPEAK = new Span(400, 800);
    private static final Span LISTEN = new Span(2_000, 3_000);
    private static final Span CUT_IN = new Span(200, 300);

    @Test
    void equalSeedsGiveEqualCalls() {
        assertThat(calls(plan(7, 0.3), 5)).isEqualTo(calls(plan(7, 0.3), 5));
    }

    @Test
    void anotherSeedOrAnotherCallerIsAnotherCall() {
        assertThat(calls(plan(7, 0.3), 5)).isNotEqualTo(calls(plan(8, 0.3), 5));
        assertThat(calls(plan(7, 0.3), 5)).isNotEqualTo(calls(plan(7, 0.3), 6));
    }

    @Test
    void turnsAndPausesAreAsLongAsThePlanHasThem() {
        int cutIns = 0;
        int pauses = 0;
        CallerSchedule schedule = new CallerSchedule(plan(1, 0.25), 0);
        int began = -1;
        int ended = -1;
        for (int frame = 0; frame < FRAMES; frame++) {
            schedule.next();
            if (schedule.beginsTurn()) {
                if (ended >= 0) {
                    int pauseMillis = (frame - ended) * 20;
                    pauses++;
                    if (pauseMillis <= CUT_IN.maxMillis()) cutIns++;
                    assertThat(isIn(CUT_IN, pauseMillis) || isIn(LISTEN, pauseMillis))
                            .isTrue();
                }
                began = frame;
            }
            if (schedule.endsTurn()) {
                assertThat(isIn(SPEAK, (frame - began) * 20)).isTrue();
                assertThat(schedule.isSpeaking()).isFalse();
                ended = frame;
            }
        }
        assertThat((double) cutIns / pauses).isBetween(0.15, 0.35);
    }

    @Test
    void eachTurnHasTheVoiceFromItsBeginningAndPausesTheRoom() {
        CallerSchedule schedule = new CallerSchedule(plan(1, 0), 0);
        int voice = 0;
        for (int frame = 0; frame < FRAMES; frame++) {
            schedule.next();
            if (schedule.beginsTurn()) voice = 0;
            if (schedule.isSpeaking()) {
                assertThat(schedule.soundFrame()).isEqualTo(voice++ % CallerSound.VOICE_FRAMES);
            } else {
                assertThat(schedule.soundFrame()).isBetween(CallerSound.VOICE_FRAMES, CallerSound.FRAMES - 1);
            }
        }
    }

    @Test
    void firstTurnsAreSpreadOverTheCallers() {
        long early = 0;
        for (int caller = 0; caller < 200; caller++) {
            CallerSchedule schedule = new CallerSchedule(plan(1, 0), caller);
            for (int frame = 0; frame < 95; frame++) { // half of the longest speaking and listening
                schedule.next();
                if (schedule.beginsTurn()) early++;
            }
        }
        assertThat(early).isBetween(70L, 130L);
    }

    private static boolean isIn(Span span, int millis) {
        return millis >= span.minMillis() && millis <= span.maxMillis();
    }

    private static ConversationPlan plan(long seed, double bargeInRate) {
        return new ConversationPlan(seed, SPEAK, LISTEN, CUT_IN, bargeInRate);
    }

    private static List<Integer> calls(ConversationPlan plan, int caller) {
        CallerSchedule schedule = new CallerSchedule(plan, caller);
        List<Integer> frames = new ArrayList<>();
        for (int frame = 0; frame < FRAMES; frame++) {
            schedule.next();
            frames.add(schedule.soundFrame());
        }
        return frames;
    }
}
