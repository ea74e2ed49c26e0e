package dev.antiphon.bench.suite;

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
public final class SuiteCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "suite: which command? (expected: run or report)");
    }
}
