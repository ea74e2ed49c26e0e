package dev.antiphon.bench.suite.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A report says what the logs say, in proportion to the floor of the same round, and hides nothing that went wrong. */
class ReportTest {
    private static final long MICRO = 1_000;

    @TempDir
    Path suite;

    @Test
    void percentilesAreThoseOfAllIntervalsTogether() throws IOException {
        PlantedRun.of(suite, "relay", 500, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .plant();

        List<String> row = row("Latency of a piece", "relay");
        assertThat(row.subList(2, 5)).containsExactly("500", "900", "990");
        assertThat(row.get(7)).isEqualTo("1,000");
    }

    @Test
    void aRatioIsToTheFloorOfTheSameRound() throws IOException {
        plantPair(1, 10, 20);
        plantPair(2, 100, 300);
        plantPair(3, 10, 40);

        List<String> row = row("Latency of a piece", "antiphon");
        assertThat(row.get(2)).isEqualTo("2,001 (1,000–15,008)");
        assertThat(row.get(8)).isEqualTo("3.00 (2.00–4.00)");
    }

    @Test
    void theFloorIsTheFirstOfThoseWantedThatWasMeasured() throws IOException {
        PlantedRun.of(suite, "haproxy-tcp", 500, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .plant();
        PlantedRun.of(suite, "antiphon", 500, 1)
                .latency("downlink.hlog", 20 * MICRO)
                .plant();

        assertThat(row("Latency of a piece", "antiphon").get(8)).isEqualTo("2.00");
    }

    @Test
    void withoutAFloorThereAreNoRatios() throws IOException {
        PlantedRun.of(suite, "antiphon", 500, 1)
                .latency("downlink.hlog", 20 * MICRO)
                .plant();

        assertThat(row("Latency of a piece", "antiphon").get(8)).isEqualTo("–");
        assertThat(report().markdown()).contains("No floor was measured");
    }

    @Test
    void cpuIsCountedPerPieceAndPerSessionSecond() throws IOException {
        PlantedRun.of(suite, "relay", 500, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .with("cpu.gateway.seconds", 2)
                .with("pieces.received", 100_000)
                .with("session.seconds", 5_000)
                .plant();

        List<String> row = row("What it costs", "relay");
        assertThat(row.get(2)).isEqualTo("20");
        assertThat(row.get(4)).isEqualTo("0.40");
        assertThat(row.get(6)).isEqualTo("20");
    }

    @Test
    void memoryOfASessionIsWhatTheProcessGrewBy() throws IOException {
        PlantedRun.of(suite, "relay", 500, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .with("rss.gateway.idle.bytes", 10 << 20)
                .with("rss.gateway.connected.bytes", (10 << 20) + 500 * 8 * 1024)
                .with("rss.gateway.bytes", (10 << 20) + 500 * 96 * 1024)
                .plant();

        assertThat(row("What it costs", "relay").subList(7, 9)).containsExactly("8", "96");
    }

    @Test
    void whatNobodyMeasuredIsADashAndNotANought() throws IOException {
        PlantedRun.of(suite, "direct", 500, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .plant();

        assertThat(row("What it costs", "direct").get(2)).isEqualTo("–");
        assertThat(row("What went wrong", "direct").get(3)).isEqualTo("–");
    }

    @Test
    void whatTheGatewaySaysOfItselfCountsWhileItWasMeasured() throws IOException {
        PlantedRun.of(suite, "relay", 500, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .plant();
        PlantedRun.of(suite, "antiphon", 500, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .with("measured.from.unix.millis", 20_000)
                .with("measured.to.unix.millis", 30_000)
                .tagged("gateway.hlog", "request", 900 * MICRO, 19_500, 20_500)
                .tagged("gateway.hlog", "request", 100 * MICRO, 20_500, 21_500)
                .tagged("gateway.hlog", "cancel", 300 * MICRO, 20_500, 21_500)
                .tagged("gateway.hlog", "request", 200 * MICRO, 21_500, 22_500)
                .tagged("gateway.hlog", "request", 900 * MICRO, 29_500, 30_500)
                .plant();

        List<String> row = row("The gateway's own share", "antiphon");
        assertThat(row.subList(2, 8)).containsExactly("100", "200", "–", "–", "300", "300");
        assertThat(report().markdown().split("gateway's own share", -1)[1].split("### ", -1)[0])
                .as("who says nothing has no row")
                .doesNotContain("relay");
    }

    @Test
    void lossesOfAllRoundsAreAddedUp() throws IOException {
        for (int round = 1; round <= 2; round++) {
            PlantedRun.of(suite, "node", 500, round)
                    .latency("downlink.hlog", 10 * MICRO)
                    .with("pieces.late", 3 * round)
                    .plant();
        }

        assertThat(row("What went wrong", "node").get(3)).isEqualTo("9");
    }

    @Test
    void aPointWhoseHarnessWasTooSlowIsMarkedInTableAndPicture() throws IOException {
        PlantedRun.of(suite, "antiphon", 500, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .with("harness.ok", false)
                .with("harness.verdict", "frames were sent late")
                .plant();
        PlantedRun.of(suite, "antiphon", 100, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .plant();

        assertThat(report().markdown()).contains("| 500 | antiphon † |", "too slow: frames were sent late");
        assertThat(report().markdown()).contains("| 100 | antiphon |");
        assertThat(count(figure(report().html(), "99th percentile"), "dot hollow"))
                .isEqualTo(1);
    }

    @Test
    void aFailedPointIsNamedWithItsReason() throws IOException {
        PlantedRun.of(suite, "node", 500, 1)
                .failed("target ended with exit code 1:\nout of <memory>")
                .plant();
        PlantedRun.of(suite, "relay", 500, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .plant();

        assertThat(report().markdown()).contains("failed: node with 500 sessions: target ended with exit code 1");
        assertThat(report().html()).contains("<b>node</b> with 500 sessions failed", "out of &lt;memory&gt;");
    }

    @Test
    void aBaselineThatWasLeftOutIsNamedWithItsReason() throws IOException {
        PlantedRun.of(suite, "relay", 500, 1)
                .latency("downlink.hlog", 10 * MICRO)
                .plant();
        Files.writeString(
                suite.resolve("suite.properties"),
                "left-out.haproxy-tcp=haproxy is not installed (apt-get install haproxy): left out\n");

        String expected = "haproxy is not installed (apt-get install haproxy): left out";
        assertThat(report().markdown()).contains("not measured: haproxy-tcp: " + expected);
        assertThat(report().html()).contains("<b>haproxy-tcp</b>: " + expected);
    }

    @Test
    void sessionsHoldUntilTheTailBreaksOrAPieceIsLate() throws IOException {
        plantStep("relay", 100, 10, 0);
        plantStep("relay", 200, 60, 0);
        plantStep("node", 100, 10, 0);
        plantStep("node", 200, 10, 7);

        assertThat(row("Where the tail breaks", 1, "relay").subList(1, 4)).containsExactly("100", "200", "p99 5.94 ms");
        assertThat(row("Where the tail breaks", 1, "node").get(3)).isEqualTo("7 pieces late");
    }

    @Test
    void oneRoundOfSeveralThatBreaksDoesNotMoveTheKnee() throws IOException {
        for (int round = 1; round <= 3; round++) {
            PlantedRun.of(suite, "relay", 100, round)
                    .latency("downlink.hlog", MICRO)
                    .plant();
            PlantedRun.of(suite, "relay", 200, round)
                    .latency("downlink.hlog", round == 2 ? 900 * MICRO : MICRO)
                    .plant();
        }

        assertThat(row("Where the tail breaks", 1, "relay").get(1)).isEqualTo("200");
    }

    @Test
    void aFolderOfTheCallersAloneIsReportedUnderItsName() throws IOException {
        PlantedRun.in(suite.resolve("by-hand"))
                .with("sessions", 7)
                .latency("downlink.hlog", MICRO)
                .plant();

        assertThat(row("Latency of a piece", "by-hand").get(0)).isEqualTo("7");
    }

    @Test
    void thePageAsksForNothingFromAnywhere() throws IOException {
        plantPair(1, 10, 20);
        PlantedRun.of(suite, "antiphon", 900, 1)
                .version("1.0 <script src=\"https://elsewhere\">")
                .latency("downlink.hlog", 10 * MICRO)
                .plant();

        String page = report().html().replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assertThat(page).doesNotContain("src=\"", "href=", "url(", "@import", "<script", "<link", "<iframe");
        assertThat(page).contains("&lt;script src=&quot;https://elsewhere&quot;&gt;", "prefers-color-scheme:dark");
    }

    @Test
    void theMainPictureStandsAlone() throws IOException {
        plantPair(1, 10, 20);

        assertThat(report().svg().orElseThrow())
                .startsWith("<svg xmlns=")
                .contains("<style>", "antiphon")
                .endsWith("</svg>\n");
    }

    @Test
    void namesAtTheEndsOfLinesDoNotCoverEachOther() throws IOException {
        for (String label : List.of("direct", "relay", "haproxy-tcp", "antiphon", "node", "openai-java")) {
            PlantedRun.of(suite, label, 500, 1)
                    .latency("downlink.hlog", 10 * MICRO)
                    .plant();
        }

        List<Double> heights = Pattern.compile("class=\"label\" x=\"[\\d.]+\" y=\"([\\d.]+)\"")
                .matcher(figure(report().html(), "Latency of a piece"))
                .results()
                .map(found -> Double.valueOf(found.group(1)))
                .sorted()
                .toList();
        assertThat(heights).hasSize(6);
        for (int i = 1; i < heights.size(); i++) {
            assertThat(heights.get(i) - heights.get(i - 1)).isGreaterThanOrEqualTo(15.9);
        }
    }

    private void plantPair(int round, long relayMicros, long antiphonMicros) {
        PlantedRun.of(suite, "relay", 500, round)
                .latency("downlink.hlog", relayMicros * MICRO)
                .plant();
        PlantedRun.of(suite, "antiphon", 500, round)
                .latency("downlink.hlog", antiphonMicros * MICRO)
                .plant();
    }

    private void plantStep(String label, int sessions, long micros, int late) {
        PlantedRun.of(suite, label, sessions, 1)
                .latency("downlink.hlog", micros * MICRO)
                .with("pieces.late", late)
                .plant();
    }

    private Report report() throws IOException {
        return Report.of(List.of(suite), List.of("relay", "haproxy-tcp"), 5);
    }

    private List<String> row(String table, String label) throws IOException {
        return row(table, 2, label);
    }

    /** @param names how many columns there are up to that of the label */
    private List<String> row(String table, int names, String label) throws IOException {
        String text = report().markdown();
        String from = text.substring(text.indexOf("### " + table));
        int end = from.indexOf("###", 3);
        return (end < 0 ? from : from.substring(0, end))
                .lines()
                .filter(line -> line.startsWith("|"))
                .map(line -> List.of(line.substring(2, line.length() - 2).split(" \\| ", -1)))
                .filter(cells -> cells.size() > names && cells.get(names - 1).equals(label))
                .findFirst()
                .orElseThrow();
    }

    private static String figure(String page, String title) {
        String from = page.substring(page.indexOf("<h3>" + title));
        return from.substring(0, from.indexOf("</svg>"));
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }
}
