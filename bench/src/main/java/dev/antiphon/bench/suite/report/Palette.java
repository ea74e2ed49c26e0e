package dev.antiphon.bench.suite.report;

/**
 * Colours that people who see few of them can tell apart (after Okabe and Ito), on light and on dark ground.
 *
 * <p>Threading: immutable.
 */
final class Palette {
    static final int COLOURS = 9;

    private static final String[] LIGHT = {
        "#767676", "#222222", "#008060", "#0066b3", "#c94f00", "#b0508a", "#3a9bd9", "#a07d00", "#6a4fc0"
    };
    private static final String[] DARK = {
        "#9a9a9a", "#e8e8e8", "#2cc79a", "#5ab0ff", "#ff8f52", "#ec9bcb", "#a6d8f7", "#f0d343", "#b9a7ff"
    };

    /** Of every picture, inside a page or alone. */
    static final String CSS = css();

    private Palette() {}

    private static String css() {
        StringBuilder css = new StringBuilder(":root{--paper:#fff;--ink:#1b1b1b;--soft:#5c5c5c;--grid:#e4e4e4");
        for (int i = 0; i < COLOURS; i++)
            css.append(";--c").append(i).append(':').append(LIGHT[i]);
        css.append("}\n@media (prefers-color-scheme:dark){:root{--paper:#15171a;--ink:#ececec;--soft:#a8a8a8;"
                + "--grid:#33373c");
        for (int i = 0; i < COLOURS; i++)
            css.append(";--c").append(i).append(':').append(DARK[i]);
        css.append("}}\n");
        css.append("svg{font:13px system-ui,sans-serif}svg text{fill:var(--ink)}svg .soft{fill:var(--soft)}"
                + "svg .grid{stroke:var(--grid);stroke-width:1}svg .line{fill:none;stroke-width:1.8}"
                + "svg .band{stroke:none;opacity:.13}svg .whisker{stroke-width:1.2;opacity:.65}"
                + "svg .leader{stroke-width:1;opacity:.5;stroke-dasharray:2 3}"
                + "svg .main .line{stroke-width:3.2}svg .main text{font-weight:700}"
                + "svg .dot{stroke-width:1.8}svg .hollow{fill:var(--paper)!important}\n");
        for (int i = 0; i < COLOURS; i++) {
            String colour = "var(--c" + i + ")";
            css.append("svg .c")
                    .append(i)
                    .append(" *{stroke:")
                    .append(colour)
                    .append("}svg .c")
                    .append(i);
            css.append(" .dot,svg .c")
                    .append(i)
                    .append(" .band,svg .c")
                    .append(i)
                    .append(" text{fill:");
            css.append(colour).append("}svg .c").append(i).append(" text{stroke:none}\n");
        }
        return css.toString();
    }
}
