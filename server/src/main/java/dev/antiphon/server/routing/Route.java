package dev.antiphon.server.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Who answers for one model, by rank: those of the first share the calls by weight, the others follow in their order when
 * all before them fail.
 *
 * <p>Threading: immutable.
 */
record Route(List<List<Destination>> ranks) {
    Route {
        ranks = ranks.stream().map(List::copyOf).toList();
    }

    /** The model that is asked first, as its server names it. */
    String modelFor(String clientModel) {
        return ranks.get(0).get(0).modelFor(clientModel);
    }

    /** All destinations, each rank drawn by weight. */
    List<Destination> draw(SplittableRandom random) {
        List<Destination> drawn = new ArrayList<>();
        for (List<Destination> rank : ranks) {
            List<Destination> left = new ArrayList<>(rank);
            while (!left.isEmpty()) drawn.add(left.remove(drawnFrom(left, random)));
        }
        return drawn;
    }

    private static int drawnFrom(List<Destination> left, SplittableRandom random) {
        int total = 0;
        for (Destination each : left) total += each.line().upstream().weight();
        int lot = random.nextInt(total);
        int index = 0;
        while (lot >= left.get(index).line().upstream().weight()) {
            lot -= left.get(index++).line().upstream().weight();
        }
        return index;
    }
}
