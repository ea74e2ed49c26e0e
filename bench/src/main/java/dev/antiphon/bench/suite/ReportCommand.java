package dev.antiphon.bench.suite;

import dev.antiphon.bench.suite.report.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code suite report}: what the folders of one or several runs tell. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = "Write tables and pictures of measured points. Without an option the tables are printed.")
final class ReportCommand implements Callable<Integer> {
    private static final int EXIT_FAILED = 1;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "DIR", arity = "1..*", description = "Folders suite run or load callers wrote into.")
    private List<Path> folders = List.of();

    @Option(names = "--out", paramLabel = "FILE", description = "One self-contained HTML page.")
    private @Nullable Path html;

    @Option(names = "--markdown", paramLabel = "FILE", description = "The tables alone.")
    private @Nullable Path markdown;

    @Option(names = "--svg", paramLabel = "FILE", description = "The main picture alone, for a document.")
    private @Nullable Path svg;

    @Option(
            names = "--floor",
            split = ",",
            paramLabel = "LABEL",
            description = "What the others are compared with, the first that was measured (${DEFAULT-VALUE}).")
    private List<String> floors = List.of("relay", "haproxy-tcp");

    @Option(
            names = "--bound",
            paramLabel = "MILLIS",
            description = "The p99 above which a number of sessions no longer holds (${DEFAULT-VALUE}).")
    private double boundMillis = 5;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Report report = Report.of(folders, floors, boundMillis);
        if (report.isEmpty()) {
            spec.commandLine().getErr().println("suite report: no measured point in " + folders);
            return EXIT_FAILED;
        }
        if (html != null) write(html, report.html());
        if (markdown != null) write(markdown, report.markdown());
        if (svg != null) write(svg, report.svg().orElse(""));
        if (html == null && markdown == null && svg == null) out.print(report.markdown());
        out.flush();
        return 0;
    }

    private void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        spec.commandLine().getOut().println(file);
    }
}
