package dev.antiphon.bench;

import dev.antiphon.bench.load.LoadCommand;
import dev.antiphon.bench.suite.SuiteCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** The process: a measurement by its name, or whatever JMH understands. */
public final class BenchMain {
    private static final Map<String, Supplier<Callable<Integer>>> COMMANDS =
            Map.of("load", LoadCommand::new, "suite", SuiteCommand::new);

    private BenchMain() {}

    public static void main(String... arguments) throws IOException {
        Supplier<Callable<Integer>> command = arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
        if (command == null) {
            org.openjdk.jmh.Main.main(arguments);
            return;
        }
        String[] rest = new String[arguments.length - 1];
        System.arraycopy(arguments, 1, rest, 0, rest.length);
        System.exit(new CommandLine(command.get())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(BenchMain::explain)
                .execute(rest));
    }

    /** One line for what the outside did; a stack trace is for our own faults only. */
    private static int explain(Exception fault, CommandLine command, ParseResult arguments) throws Exception {
        if (fault instanceof IllegalArgumentException) {
            command.getErr().println("bench: " + fault.getMessage());
            return 2;
        }
        if (fault instanceof IOException || fault instanceof UncheckedIOException) {
            command.getErr().println("bench: " + fault.getMessage());
            return 1;
        }
        throw fault;
    }
}
