package dev.antiphon.bench.load;

import dev.antiphon.bench.load.record.CutLedger;
import dev.antiphon.bench.load.record.LoadRecorder;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code load callers}: the callers alone. */
@Command(
        name = "callers",
        mixinStandardHelpOptions = true,
        description = "The callers alone; the target's model must be that of 'load upstream' on this machine.")
final class CallersCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private CallerOptions callers = new CallerOptions();

    @Option(names = "--target", paramLabel = "URL", required = true, description = "ws://host:port[/path].")
    private URI target = URI.create("ws://127.0.0.1:8080");

    @Option(
            names = "--connect-after",
            paramLabel = "S",
            description = "Seconds until the first connects, while others may be calling (${DEFAULT-VALUE}).")
    private int connectAfterSeconds;

    @Override
    public Integer call() throws IOException, InterruptedException {
        boolean never = new CountDownLatch(1).await(connectAfterSeconds, TimeUnit.SECONDS);
        assert !never;
        callers.watch("callers", ProcessHandle.current().pid());
        LoadRecorder recorder = callers.newRecorder();
        return callers.hold(
                target,
                recorder,
                new CutLedger(recorder),
                Map::of,
                spec.commandLine().getOut(),
                spec.commandLine().getErr());
    }
}
