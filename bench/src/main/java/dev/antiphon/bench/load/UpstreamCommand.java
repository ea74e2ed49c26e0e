package dev.antiphon.bench.load;

import dev.antiphon.bench.load.upstream.ScriptedUpstream;
import dev.antiphon.bench.load.upstream.UpstreamListener;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code load upstream}: the model alone, until the process is ended. */
@Command(
        name = "upstream",
        mixinStandardHelpOptions = true,
        description = "The scripted model alone, until it is ended.")
final class UpstreamCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private UpstreamOptions options = new UpstreamOptions();

    @Option(names = "--listen", paramLabel = "HOST:PORT", required = true, description = "Port 0: any free one.")
    private String listen = "127.0.0.1:0";

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        try (ScriptedUpstream upstream = options.startAt(Addresses.parse("--listen", listen), UpstreamListener.NONE)) {
            out.println("model: " + upstream.baseUrl() + ", directly " + upstream.directUrl());
            out.flush();
            new CountDownLatch(1).await();
        }
        return 0;
    }
}
