package dev.antiphon.bench.suite.report;

import java.util.Locale;

/**
 * Writes the elements of a picture.
 *
 * <p>Threading: confined to its caller.
 */
final class Svg {
    private final StringBuilder text = new StringBuilder();

    Svg(int width, int height, String title) {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
                width, height, Xml.text(title));
    }

    void group(String classes) {
        add("<g class=\"%s\">\n", classes);
    }

    void endGroup() {
        add("</g>\n");
    }

    void line(String classes, double x1, double y1, double x2, double y2) {
        add("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", classes, x1, y1, x2, y2);
    }

    /** @param anchor start, middle or end */
    void text(String classes, double x, double y, String anchor, String content) {
        add(
                "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
                classes, x, y, anchor, Xml.text(content));
    }

    /** Text that is read from below. */
    void upright(String classes, double x, double y, String content) {
        add(
                "<text class=\"%s\" transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
                classes, x, y, Xml.text(content));
    }

    /** @param told what is shown where the pointer rests */
    void dot(boolean hollow, double x, double y, String told) {
        add(
                "<circle class=\"dot%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>%s</title></circle>\n",
                hollow ? " hollow" : "", x, y, Xml.text(told));
    }

    void path(String classes, String data) {
        add("<path class=\"%s\" d=\"%s\"/>\n", classes, data);
    }

    static String place(String letter, double x, double y) {
        return String.format(Locale.ROOT, "%s%.1f %.1f", letter, x, y);
    }

    private void add(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values));
    }

    String end() {
        return text + "</svg>\n";
    }

    /** A picture that stands alone, with its own colours. */
    static String alone(String svg) {
        int afterHead = svg.indexOf('>') + 1;
        return svg.substring(0, afterHead) + "\n<style>\n" + Palette.CSS
                + "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>" + svg.substring(afterHead);
    }
}
