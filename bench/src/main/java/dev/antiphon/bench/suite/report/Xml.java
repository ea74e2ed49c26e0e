package dev.antiphon.bench.suite.report;

/**
 * Text inside markup.
 *
 * <p>Threading: immutable.
 */
final class Xml {
    private Xml() {}

    static String text(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
