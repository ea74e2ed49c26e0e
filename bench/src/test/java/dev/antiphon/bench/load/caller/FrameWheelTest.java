package dev.antiphon.bench.load.caller;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameWheelTest {
    private static final long START = -3_000_000; // an origin is arbitrary
    private static final long FRAME = FrameWheel.FRAME_NANOS;

    private final FrameWheel wheel = new FrameWheel(START, new long[] {0, 5_000_000, 15_000_000});
    private final List<String> due = new ArrayList<>();

    @Test
    void framesAreHandedOutAtTheirMomentsAndNotBefore() {
        turnTo(START - 1);
        assertThat(due).isEmpty();
        turnTo(START);
        assertThat(due).containsExactly("0 at 0");
        turnTo(START + 4_999_999);
        assertThat(due).hasSize(1);
        turnTo(START + 5_000_000);
        turnTo(START + FRAME);
        assertThat(due).containsExactly("0 at 0", "1 at 5000000", "2 at 15000000", "0 at 20000000");
        assertThat(wheel.nextDueNanos()).isEqualTo(START + FRAME + 5_000_000);
    }

    @Test
    void afterAStallEveryFrameComesWithTheMomentItWasMeantFor() {
        turnTo(START);
        due.clear();
        turnTo(START + 45_000_000);
        assertThat(due)
                .containsExactly(
                        "1 at 5000000",
                        "2 at 15000000",
                        "0 at 20000000",
                        "1 at 25000000",
                        "2 at 35000000",
                        "0 at 40000000",
                        "1 at 45000000");
    }

    @Test
    void noMoreAreHandedOutAtOnceThanAskedForAndNoneIsLost() {
        assertThat(wheel.turnTo(START + FRAME, 2, this::note)).isEqualTo(2);
        assertThat(wheel.turnTo(START + FRAME, 2, this::note)).isEqualTo(2);
        assertThat(wheel.turnTo(START + FRAME, 2, this::note)).isZero();
        assertThat(due).containsExactly("0 at 0", "1 at 5000000", "2 at 15000000", "0 at 20000000");
    }

    private void turnTo(long nowNanos) {
        wheel.turnTo(nowNanos, Integer.MAX_VALUE, this::note);
    }

    private void note(int caller, long dueNanos) {
        due.add(caller + " at " + (dueNanos - START));
    }
}
