package dev.antiphon.bench.suite.report;

import static java.util.stream.Collectors.joining;

import dev.antiphon.bench.suite.report.Figures.Figure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One page with everything in it: pictures, tables, and how to measure it again. It asks for nothing from anywhere.
 *
 * <p>Threading: immutable.
 */
final class Page {
    private static final String CSS = """
            body{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;margin:0 auto;
              max-width:1080px;padding:24px}
            h1{font-size:26px;margin:0 0 8px}h2{font-size:20px;margin:40px 0 8px}h3{font-size:16px;margin:28px 0 6px}
            figure{margin:28px 0 36px}figure svg{display:block;width:100%;max-width:860px;height:auto}
            figcaption,.note{color:var(--soft);font-size:14px;max-width:860px}
            details{margin:4px 0}summary{cursor:pointer}
            code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
            dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:8px 0}dt{color:var(--soft)}dd{margin:0}
            .wide{overflow-x:auto}table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
            th,td{padding:4px 10px;border-bottom:1px solid var(--grid);text-align:left;vertical-align:top}
            .n{text-align:right;white-space:nowrap}pre{white-space:pre-wrap;font:13px/1.4 ui-monospace,monospace}
            """;

    private final Results results;
    private final List<Figure> figures;
    private final List<Table> tables;

    Page(Results results, List<Figure> figures, List<Table> tables) {
        this.results = results;
        this.figures = figures;
        this.tables = tables;
    }

    String html() {
        StringBuilder page = new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                + "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Antiphon: close to the wire</title>\n"
                + "<style>\n" + Palette.CSS + CSS + "</style>\n</head>\n<body>\n<h1>Close to the wire</h1>\n");
        page.append(facts());
        page.append(notMeasured());
        page.append("<h2>Pictures</h2>\n");
        for (Figure figure : figures) if (!figure.folded()) page.append(figure(figure));
        List<Figure> folded = figures.stream().filter(Figure::folded).toList();
        if (!folded.isEmpty()) {
            page.append("<details><summary>The same with other numbers of sessions</summary>\n");
            for (Figure figure : folded) page.append(figure(figure));
            page.append("</details>\n");
        }
        page.append("<h2>Tables</h2>\n");
        for (Table table : tables) page.append(table.html());
        return page.append("</body>\n</html>\n").toString();
    }

    private String facts() {
        return facts(results).entrySet().stream()
                .map(fact -> "<dt>" + Xml.text(fact.getKey()) + "</dt><dd>" + Xml.text(fact.getValue()) + "</dd>\n")
                .collect(joining("", "<dl>\n", "</dl>\n"));
    }

    /** What is known of where and how it was measured. */
    static Map<String, String> facts(Results results) {
        Map<String, String> facts = new LinkedHashMap<>();
        for (String key : List.of("machine", "pinning", "jdk", "load", "started", "command")) {
            String value = results.suite(key);
            if (value.isEmpty()) {
                value = results.labels().stream()
                        .map(label -> results.text(label, key))
                        .filter(text -> !text.isEmpty())
                        .findFirst()
                        .orElse("");
            }
            if (!value.isEmpty()) facts.put(key, value);
        }
        return facts;
    }

    private String notMeasured() {
        List<String> reasons = Stream.concat(
                        results.suiteUnder(Results.LEFT_OUT).entrySet().stream()
                                .map(one -> "<b>" + Xml.text(one.getKey()) + "</b>: " + Xml.text(one.getValue())),
                        results.failed().stream().map(Page::failure))
                .toList();
        if (reasons.isEmpty()) return "";
        return "<h2>Not measured</h2>\n<ul>\n<li>" + String.join("</li>\n<li>", reasons) + "</li>\n</ul>\n";
    }

    private static String failure(Run run) {
        String why = run.failure().isEmpty() ? "nothing was heard" : run.failure();
        return "<b>" + Xml.text(run.label()) + "</b> with " + Numbers.text(run.sessions()) + " sessions failed: <pre>"
                + Xml.text(why) + "</pre>";
    }

    private String figure(Figure figure) {
        return "<figure>\n<h3>" + Xml.text(figure.title()) + "</h3>\n" + figure.svg() + "<figcaption>"
                + Xml.text(figure.caption()) + how() + "</figcaption>\n</figure>\n";
    }

    private String how() {
        StringBuilder how =
                new StringBuilder("\n<details><summary>Where, with what, and how to measure it again</summary>\n");
        String machine = facts(results).getOrDefault("machine", "");
        if (!machine.isEmpty())
            how.append("<p>")
                    .append(Xml.text(machine))
                    .append("; ")
                    .append(Xml.text(results.suite("pinning")))
                    .append(".</p>\n");
        how.append("<ul>\n");
        for (String label : results.labels()) {
            String flags = results.suite(Results.FLAGS + label);
            String version = results.text(label, Run.VERSION);
            if (version.isEmpty() && flags.isEmpty()) continue;
            how.append("<li>").append(Xml.text(label + ": " + version));
            if (!flags.isEmpty()) how.append(" <code>").append(Xml.text(flags)).append("</code>");
            how.append("</li>\n");
        }
        how.append("</ul>\n");
        String command = results.suite("command");
        if (!command.isEmpty()) how.append("<code>").append(Xml.text(command)).append("</code>\n");
        return how.append("</details>").toString();
    }
}
