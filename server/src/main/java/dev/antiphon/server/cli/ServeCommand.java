package dev.antiphon.server.cli;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.ConfigLoader;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.overload.LagReport;
import dev.antiphon.server.stages.StageLog;
import dev.antiphon.session.TurnObserver;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serve}: the gateway until it is told to stop. */
@Command(name = "serve", mixinStandardHelpOptions = true, description = "Serve the gateway (the default).")
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--stage-log",
            paramLabel = "FILE",
            description =
                    "Write to FILE, every second, what of the turns was the gateway's own time and how late its event"
                            + " loops were, as HdrHistogram's tools read it.")
    private @Nullable Path stageLog;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (stageLog == null) return serve(out);
        try (StageLog log = StageLog.open(stageLog, InstantSource.system())) {
            return serve(out, log.observer(), gateway -> log.start(gateway::takeLoopLateness));
        } catch (IOException e) {
            throw new CommandFault("--stage-log: " + stageLog + " cannot be written: " + e.getMessage());
        }
    }

    static int serve(PrintWriter out) throws InterruptedException {
        return serve(out, TurnObserver.NONE, gateway -> {});
    }

    private static int serve(PrintWriter out, TurnObserver observer, Consumer<Gateway> onStarted)
            throws InterruptedException {
        GatewayConfig config = ConfigLoader.load(System.getenv());
        try (StopSignal stop = StopSignal.install();
                Gateway gateway = Gateway.start(config, observer)) {
            out.println(gateway.description());
            out.flush();
            onStarted.accept(gateway);
            gateway.announceShutdowns(LOG::warn);
            stop.await();
            LagReport lag = gateway.loopLag();
            if (lag.watchedNanos() > 0) LOG.info(lag.description());
        } catch (UncheckedIOException e) {
            throw CommandFault.of(e);
        }
        return 0;
    }
}
