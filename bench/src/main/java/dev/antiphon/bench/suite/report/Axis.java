package dev.antiphon.bench.suite.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * From values to places along one side of a chart.
 *
 * <p>Threading: immutable.
 *
 * @param title with the unit; empty: the values have theirs
 * @param from value at the beginning
 * @param to value at the end
 * @param ticks values that are written
 * @param write how
 */
record Axis(String title, Kind kind, double from, double to, List<Double> ticks, DoubleFunction<String> write) {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 99.999};
    private static final int MOST_TICKS = 7;

    enum Kind {
        LINEAR,
        LOG,
        /** Each nine as wide as the one before. */
        PERCENTILE;

        private double of(double value) {
            return switch (this) {
                case LINEAR -> value;
                case LOG -> Math.log10(value);
                case PERCENTILE -> -Math.log10(1 - value / 100);
            };
        }
    }

    /** From nothing to a round number that is not less than any of the values. */
    static Axis linear(String title, List<Double> values) {
        double greatest = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        if (greatest <= 0) greatest = 1;
        double step = Math.pow(10, Math.floor(Math.log10(greatest)));
        if (greatest / step < 2) step /= 5;
        else if (greatest / step < 5) step /= 2;
        List<Double> ticks = new ArrayList<>();
        double last = Math.ceil(greatest / step - 1e-9);
        for (int i = 0; i <= last; i++) ticks.add(i * step);
        return new Axis(title, Kind.LINEAR, 0, last * step, ticks, Numbers::text);
    }

    /** Around all the values, which are above nothing. */
    static Axis log(String title, List<Double> values) {
        double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(1);
        double greatest = values.stream().mapToDouble(Double::doubleValue).max().orElse(10);
        List<Double> ticks = roundNumbers(least, greatest, 1, 2, 5);
        if (ticks.size() > MOST_TICKS) ticks = roundNumbers(least, greatest, 1);
        return new Axis(
                title, Kind.LOG, Math.min(least, ticks.get(0)), ticks.get(ticks.size() - 1), ticks, Numbers::text);
    }

    /** 1, 2, 5, 10, 20 … from the last that is not above the least to the first that is not below the greatest. */
    private static List<Double> roundNumbers(double least, double greatest, int... digits) {
        List<Double> all = new ArrayList<>();
        int first = (int) Math.floor(Math.log10(least));
        int last = (int) Math.ceil(Math.log10(greatest));
        for (int power = first; power <= last; power++) {
            for (int digit : digits) all.add(digit * Math.pow(10, power));
        }
        int from = 0;
        while (from + 2 < all.size() && all.get(from + 1) <= least) from++;
        int to = from + 1;
        while (to + 1 < all.size() && all.get(to) < greatest) to++;
        return List.copyOf(all.subList(from, Math.min(to + 1, all.size())));
    }

    /** The numbers of sessions that were measured, each with a tick of its own where there is room. */
    static Axis sessions(List<Double> counts) {
        Axis log = log("sessions", counts);
        double from = counts.stream().mapToDouble(Double::doubleValue).min().orElse(1);
        double to = counts.stream().mapToDouble(Double::doubleValue).max().orElse(10);
        List<Double> few = counts.stream().distinct().sorted().toList();
        List<Double> ticks = few.size() <= MOST_TICKS
                ? few
                : log.ticks.stream().filter(tick -> tick >= from && tick <= to).toList();
        return new Axis("sessions", Kind.LOG, from, to, ticks, Numbers::text);
    }

    /** @param to the greatest percentile there are enough samples for */
    static Axis percentiles(double to) {
        List<Double> ticks = new ArrayList<>();
        for (double percentile : PERCENTILES) if (percentile <= to) ticks.add(percentile);
        return new Axis(
                "percentile",
                Kind.PERCENTILE,
                PERCENTILES[0],
                to,
                ticks,
                percentile -> "p" + (percentile == Math.rint(percentile) ? "" + (int) percentile : "" + percentile));
    }

    /** The same for values in microseconds, each written with the unit that suits it. */
    Axis ofMicros() {
        return new Axis("", kind, from, to, ticks, micros -> Numbers.time(micros * 1e3));
    }

    /** A number over several rounds, as it is written here. */
    String text(Spread spread) {
        String middle = write.apply(spread.median());
        String low = write.apply(spread.min());
        String high = write.apply(spread.max());
        return low.equals(high) ? middle : middle + " (" + low + "–" + high + ")";
    }

    /** 0 at the beginning, 1 at the end. */
    double place(double value) {
        double begin = kind.of(from);
        double end = kind.of(to);
        return end == begin ? 0.5 : (kind.of(value) - begin) / (end - begin);
    }
}
