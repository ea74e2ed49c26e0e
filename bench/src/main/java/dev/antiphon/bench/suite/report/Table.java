package dev.antiphon.bench.suite.report;

import java.util.List;
import java.util.function.Predicate;

/**
 * A table of text.
 *
 * <p>Threading: immutable.
 *
 * @param note what is to be said below it; empty: nothing
 * @param names how many columns from the left are names, the others being numbers
 */
record Table(String title, List<String> head, List<List<String>> rows, String note, int names) {

    Table without(Predicate<List<String>> unwanted) {
        return new Table(title, head, rows.stream().filter(unwanted.negate()).toList(), note, names);
    }

    String markdown() {
        StringBuilder text = new StringBuilder("### " + title + "\n\n");
        line(text, head);
        text.append('|');
        for (int i = 0; i < head.size(); i++) text.append(i < names ? "---|" : "---:|");
        text.append('\n');
        for (List<String> row : rows) line(text, row);
        if (!note.isEmpty()) text.append('\n').append(note).append('\n');
        return text.append('\n').toString();
    }

    private static void line(StringBuilder text, List<String> cells) {
        text.append('|');
        for (String cell : cells) {
            text.append(' ').append(cell.replace("|", "\\|").replace("\n", " ")).append(" |");
        }
        text.append('\n');
    }

    String html() {
        StringBuilder text = new StringBuilder("<h3>" + Xml.text(title) + "</h3>\n<div class=\"wide\"><table>\n<tr>");
        for (int i = 0; i < head.size(); i++) cell(text, "th", i, head.get(i));
        text.append("</tr>\n");
        for (List<String> row : rows) {
            text.append("<tr>");
            for (int i = 0; i < row.size(); i++) cell(text, "td", i, row.get(i));
            text.append("</tr>\n");
        }
        text.append("</table></div>\n");
        if (!note.isEmpty())
            text.append("<p class=\"note\">").append(Xml.text(note)).append("</p>\n");
        return text.toString();
    }

    private void cell(StringBuilder text, String tag, int column, String content) {
        String kind = column < names ? "" : " class=\"n\"";
        text.append('<').append(tag).append(kind).append('>').append(Xml.text(content));
        text.append("</").append(tag).append('>');
    }
}
