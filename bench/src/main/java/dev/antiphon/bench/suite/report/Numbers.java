package dev.antiphon.bench.suite.report;

import java.util.Locale;

/**
 * Numbers as people read them: three digits that count, thousands set apart.
 *
 * <p>Threading: immutable.
 */
final class Numbers {
    static final String UNKNOWN = "–";

    private Numbers() {}

    static String text(double value) {
        if (Double.isNaN(value)) return UNKNOWN;
        double size = Math.abs(value);
        if (size >= 100 || value == Math.rint(value)) return String.format(Locale.ROOT, "%,.0f", value);
        if (size >= 10) return String.format(Locale.ROOT, "%.1f", value);
        if (size >= 1) return String.format(Locale.ROOT, "%.2f", value);
        return String.format(Locale.ROOT, "%.2g", value);
    }

    /** Nanoseconds with the unit that suits them. */
    static String time(double nanos) {
        if (nanos < 1e3) return text(nanos) + " ns";
        if (nanos < 1e6) return text(nanos / 1e3) + " µs";
        if (nanos < 1e9) return text(nanos / 1e6) + " ms";
        return text(nanos / 1e9) + " s";
    }
}
