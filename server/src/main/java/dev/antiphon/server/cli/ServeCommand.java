package dev.antiphon.server.cli;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.ConfigLoader;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.overload.LagReport;
import dev.antiphon.session.TurnObserver;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code serve}: the gateway until it is told to stop. */
@Command(name = "serve", mixinStandardHelpOptions = true, description = "Serve the gateway (the default).")
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        return serve(spec.commandLine().getOut());
    }

    static int serve(PrintWriter out) throws InterruptedException {
        GatewayConfig config = ConfigLoader.load(System.getenv());
        try (StopSignal stop = StopSignal.install();
                Gateway gateway = Gateway.start(config, TurnObserver.NONE)) {
            out.println(gateway.description());
            out.flush();
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
