package dev.antiphon.bench.suite;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code suite}: the gateway and its baselines under the same load, and the report of it. */
@Command(
        name = "suite",
        mixinStandardHelpOptions = true,
        description = "Measure the gateway beside its baselines in one run, and report it.",
        subcommands = {RunCommand.class, ReportCommand.class})
public final class SuiteCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "suite: which command? (expected: run or report)");
    }
}
