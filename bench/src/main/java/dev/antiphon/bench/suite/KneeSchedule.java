package dev.antiphon.bench.suite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@link KneeSearch} for each contender in each round; within a round they take turns, a step each.
 *
 * <p>Threading: confined to its caller.
 */
final class KneeSchedule implements Schedule {
    private final List<Contender> contenders;
    private final int first;
    private final int rounds;
    private final Map<Contender, KneeSearch> searches = new LinkedHashMap<>();
    private final List<Contender> turn = new ArrayList<>();
    private int round;

    KneeSchedule(List<Contender> contenders, int first, int rounds) {
        this.contenders = contenders;
        this.first = first;
        this.rounds = rounds;
    }

    @Override
    public @Nullable Point next() {
        if (turn.isEmpty()) beginTurn();
        if (turn.isEmpty()) return null;
        Contender contender = turn.remove(0);
        return new Point(contender, searchOf(contender).next(), round);
    }

    private void beginTurn() {
        searches.forEach((contender, search) -> {
            if (!search.isDone()) turn.add(contender);
        });
        if (!turn.isEmpty() || round == rounds) return;
        round++;
        for (Contender contender : contenders) searches.put(contender, new KneeSearch(first));
        turn.addAll(contenders);
    }

    @Override
    public void onMeasured(Point point, boolean held) {
        searchOf(point.contender()).onMeasured(point.sessions(), held);
    }

    @Override
    public int left() {
        int thisRound = searches.values().stream().mapToInt(KneeSearch::left).sum();
        return thisRound + (rounds - round) * contenders.size() * new KneeSearch(first).left();
    }

    private KneeSearch searchOf(Contender contender) {
        KneeSearch search = searches.get(contender);
        if (search == null) throw new IllegalStateException(contender.label() + " takes no part");
        return search;
    }
}
