package dev.antiphon.bench.suite.report;

import java.util.List;

/**
 * One contender in a chart.
 *
 * <p>Threading: immutable.
 *
 * @param colour its place among all contenders: the same in every chart
 */
record Series(String name, int colour, List<Mark> marks) {

    /** The gateway itself is drawn thicker. */
    String classes() {
        return "c" + colour % Palette.COLOURS + (name.startsWith("antiphon") ? " main" : "");
    }

    Mark last() {
        return marks.get(marks.size() - 1);
    }
}
