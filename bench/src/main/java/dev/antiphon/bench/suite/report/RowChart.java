package dev.antiphon.bench.suite.report;

import java.util.List;

/**
 * A row for each contender, a dot on it, and its number at the end.
 *
 * <p>Threading: immutable.
 *
 * @param series with one mark each
 */
record RowChart(String title, Axis axis, List<Series> series) {
    private static final int WIDTH = 760;
    private static final int LEFT = 170;
    private static final int RIGHT = 560;
    private static final int TOP = 14;
    private static final int ROW = 30;
    private static final int FOOT = 50;
    private static final int WHISKER = 4;

    String svg() {
        int bottom = TOP + ROW * series.size();
        Svg svg = new Svg(WIDTH, bottom + FOOT, title);
        for (double tick : axis.ticks()) {
            svg.line("grid", across(tick), TOP, across(tick), bottom);
            svg.text("soft", across(tick), bottom + 18, "middle", axis.write().apply(tick));
        }
        svg.text("soft", (LEFT + RIGHT) / 2.0, bottom + FOOT - 10, "middle", axis.title());
        for (int i = 0; i < series.size(); i++) draw(svg, series.get(i), TOP + ROW * (i + 0.5));
        return svg.end();
    }

    private void draw(Svg svg, Series one, double y) {
        Mark mark = one.last();
        double low = across(mark.y().min());
        double high = across(mark.y().max());
        svg.line("grid", LEFT, y, RIGHT, y);
        svg.group(one.classes());
        svg.text("label", LEFT - 12, y + 4, "end", one.name());
        svg.line("whisker", low, y, high, y);
        svg.line("whisker", low, y - WHISKER, low, y + WHISKER);
        svg.line("whisker", high, y - WHISKER, high, y + WHISKER);
        svg.dot(
                mark.hollow(),
                across(mark.y().median()),
                y,
                one.name() + ": " + axis.text(mark.y()) + " " + axis.title());
        svg.text("label", RIGHT + 12, y + 4, "start", axis.text(mark.y()) + (mark.hollow() ? " †" : ""));
        svg.endGroup();
    }

    private double across(double value) {
        return LEFT + axis.place(value) * (RIGHT - LEFT);
    }
}
