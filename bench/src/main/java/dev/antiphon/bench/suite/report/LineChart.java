package dev.antiphon.bench.suite.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lines, each with its name at its end.
 *
 * <p>Threading: immutable.
 *
 * @param dots whether the marks are drawn, with whiskers from the least to the greatest round; otherwise these bound a band
 */
record LineChart(String title, Axis x, Axis y, List<Series> series, boolean dots) {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 400;
    private static final int LEFT = 68;
    private static final int RIGHT = 610;
    private static final int TOP = 14;
    private static final int BOTTOM = 350;
    private static final int LABEL_HEIGHT = 16;
    private static final int WHISKER = 4;

    String svg() {
        Svg svg = new Svg(WIDTH, HEIGHT, title);
        grid(svg);
        Map<String, Double> labels = labels();
        for (Series one : series) draw(svg, one, labels);
        return svg.end();
    }

    private void grid(Svg svg) {
        for (double tick : y.ticks()) {
            svg.line("grid", LEFT, down(tick), RIGHT, down(tick));
            svg.text("soft", LEFT - 8, down(tick) + 4, "end", y.write().apply(tick));
        }
        for (double tick : x.ticks()) {
            svg.line("grid", across(tick), TOP, across(tick), BOTTOM);
            svg.text("soft", across(tick), BOTTOM + 18, "middle", x.write().apply(tick));
        }
        svg.text("soft", (LEFT + RIGHT) / 2.0, HEIGHT - 10, "middle", x.title());
        svg.upright("soft", 14, (TOP + BOTTOM) / 2.0, y.title());
    }

    private void draw(Svg svg, Series one, Map<String, Double> labels) {
        svg.group(one.classes());
        if (!dots) svg.path("band", band(one));
        svg.path("line", line(one));
        if (dots) one.marks().forEach(mark -> dot(svg, one, mark));
        double labelY = labels.getOrDefault(one.name(), (double) TOP);
        svg.line("leader", across(one.last().x()) + 6, down(one.last().y().median()), RIGHT + 8, labelY);
        svg.text("label", RIGHT + 12, labelY + 4, "start", one.name());
        svg.endGroup();
    }

    private void dot(Svg svg, Series one, Mark mark) {
        double at = across(mark.x());
        Spread value = mark.y();
        if (value.max() > value.min()) {
            double low = down(value.min());
            double high = down(value.max());
            svg.line("whisker", at, low, at, high);
            svg.line("whisker", at - WHISKER, low, at + WHISKER, low);
            svg.line("whisker", at - WHISKER, high, at + WHISKER, high);
        }
        svg.dot(
                mark.hollow(),
                at,
                down(value.median()),
                one.name() + ", " + x.write().apply(mark.x()) + " " + x.title() + ": " + y.text(value) + " "
                        + y.title());
    }

    private String line(Series one) {
        StringBuilder path = new StringBuilder();
        for (Mark mark : one.marks()) {
            path.append(Svg.place(
                    path.length() == 0 ? "M" : "L",
                    across(mark.x()),
                    down(mark.y().median())));
        }
        return path.toString();
    }

    private String band(Series one) {
        StringBuilder path = new StringBuilder();
        List<Mark> marks = one.marks();
        for (Mark mark : marks) {
            path.append(Svg.place(
                    path.length() == 0 ? "M" : "L",
                    across(mark.x()),
                    down(mark.y().max())));
        }
        for (int i = marks.size() - 1; i >= 0; i--) {
            Mark mark = marks.get(i);
            path.append(Svg.place("L", across(mark.x()), down(mark.y().min())));
        }
        return path + "Z";
    }

    /** The height of each name: beside the end of its line, pushed apart until none covers another. */
    private Map<String, Double> labels() {
        List<Series> fromTop = new ArrayList<>(series);
        fromTop.sort(Comparator.comparingDouble(one -> down(one.last().y().median())));
        double[] heights = new double[fromTop.size()];
        double free = TOP;
        for (int i = 0; i < heights.length; i++) {
            heights[i] = Math.max(free, down(fromTop.get(i).last().y().median()));
            free = heights[i] + LABEL_HEIGHT;
        }
        double most = BOTTOM;
        Map<String, Double> labels = new HashMap<>();
        for (int i = heights.length - 1; i >= 0; i--) {
            heights[i] = Math.min(heights[i], most);
            most = heights[i] - LABEL_HEIGHT;
            labels.put(fromTop.get(i).name(), heights[i]);
        }
        return labels;
    }

    private double across(double value) {
        return LEFT + x.place(value) * (RIGHT - LEFT);
    }

    private double down(double value) {
        return BOTTOM - y.place(value) * (BOTTOM - TOP);
    }
}
