package dev.antiphon.bench.suite.report;

import java.util.Arrays;
import java.util.Collection;

/**
 * One number over several rounds.
 *
 * <p>Threading: immutable.
 *
 * @param median NaN: nobody measured it; of an even number of rounds the mean of the middle two
 */
record Spread(double median, double min, double max) {
    private static final Spread NONE = new Spread(Double.NaN, Double.NaN, Double.NaN);

    /** @param values NaN is passed over */
    static Spread of(Collection<Double> values) {
        double[] sorted = values.stream()
                .mapToDouble(Double::doubleValue)
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        if (sorted.length == 0) return NONE;
        int last = sorted.length - 1;
        double median = (sorted[last / 2] + sorted[(last + 1) / 2]) / 2;
        return new Spread(median, sorted[0], sorted[last]);
    }

    static Spread of(double... values) {
        return of(Arrays.stream(values).boxed().toList());
    }

    boolean isKnown() {
        return !Double.isNaN(median);
    }

    /** As a cell of a table: the median, and between which bounds where rounds differ. */
    String text() {
        String middle = Numbers.text(median);
        String low = Numbers.text(min);
        String high = Numbers.text(max);
        return low.equals(high) ? middle : middle + " (" + low + "–" + high + ")";
    }
}
