package dev.antiphon.bench.load;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code load}: what a gateway adds, under load. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description = "Callers, a model and what lies between them: latency under a load that waits for nobody.",
        subcommands = {RunCommand.class, CallersCommand.class, UpstreamCommand.class, GatewayCommand.class})
public final class LoadCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "load: nothing (expected: run, callers, upstream or gateway)");
    }
}
