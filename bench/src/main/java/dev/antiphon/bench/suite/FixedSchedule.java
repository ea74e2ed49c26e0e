package dev.antiphon.bench.suite;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Each number of sessions in each round, all contenders in turn; every round begins with another of them.
 *
 * <p>Threading: confined to its caller.
 */
final class FixedSchedule implements Schedule {
    private final Deque<Point> points = new ArrayDeque<>();

    FixedSchedule(List<Contender> contenders, List<Integer> sessions, int rounds) {
        for (int round = 1; round <= rounds; round++) {
            for (int count : sessions) {
                for (int i = 0; i < contenders.size(); i++) {
                    points.add(new Point(contenders.get((i + round - 1) % contenders.size()), count, round));
                }
            }
        }
    }

    @Override
    public @Nullable Point next() {
        return points.poll();
    }

    @Override
    public void onMeasured(Point point, boolean held) {}

    @Override
    public int left() {
        return points.size();
    }
}
