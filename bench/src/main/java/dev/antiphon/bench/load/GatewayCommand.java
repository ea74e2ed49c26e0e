package dev.antiphon.bench.load;

import dev.antiphon.server.Gateway;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code load gateway}: the gateway alone, until the process is ended. */
@Command(
        name = "gateway",
        mixinStandardHelpOptions = true,
        description = "The gateway alone, until it is ended; the same as antiphon.jar with ANTIPHON_UPSTREAM_URL.")
final class GatewayCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private GatewayOptions options = new GatewayOptions();

    @Option(names = "--upstream", paramLabel = "URL", required = true, description = "http://host:port/v1.")
    private String upstream = "";

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        try (Gateway gateway = options.start(upstream)) {
            out.println(gateway.description());
            out.flush();
            new CountDownLatch(1).await();
        }
        return 0;
    }
}
