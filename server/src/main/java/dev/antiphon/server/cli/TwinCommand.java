package dev.antiphon.server.cli;

import dev.antiphon.server.twin.FaultPorts;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twin}: the embedded model alone, for tests of one's own client code. */
@Command(
        name = "twin",
        mixinStandardHelpOptions = true,
        description = "Run the embedded model alone: a chat-completions server with streamed audio, on loopback.")
final class TwinCommand implements Callable<Integer> {
    private CommandSpec spec = CommandSpec.create();

    @Spec
    void describe(CommandSpec newSpec) {
        spec = newSpec;
        spec.usageMessage()
                .footerHeading("%nFaults, by model name (fault:NAME, fault:NAME@N for the first N requests):%n");
        spec.usageMessage()
                .footer(Twin.faults().entrySet().stream()
                        .map(fault -> String.format(Locale.ROOT, "  %-20s %s", fault.getKey(), fault.getValue()))
                        .toArray(String[]::new));
    }

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Port on 127.0.0.1; 0: any free one (${DEFAULT-VALUE}).")
    private int port = 8081;

    @Option(
            names = "--first-audio-millis",
            paramLabel = "MILLIS",
            description = "From the request to the first sound (${DEFAULT-VALUE}).")
    private long firstAudioMillis = 300;

    @Option(
            names = "--real-time-factor",
            paramLabel = "FACTOR",
            description = "Seconds of speech made in a second (${DEFAULT-VALUE}).")
    private double realTimeFactor = 4;

    @Option(
            names = "--fault-ports",
            description =
                    "Listen on three ports more: PORT+1 resets connections, PORT+2 is mute, PORT+3 answers TLS with"
                            + " garbage.")
    private boolean hasFaultPorts;

    @Override
    public Integer call() throws InterruptedException {
        TwinSettings settings;
        try {
            settings = TwinSettings.defaults().withPort(port).withPace(firstAudioMillis, realTimeFactor);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
        PrintWriter out = spec.commandLine().getOut();
        try (StopSignal stop = StopSignal.install();
                Twin twin = Twin.start(settings);
                @Nullable
                        FaultPorts faultPorts =
                                hasFaultPorts ? FaultPorts.open(twin.address().getPort() + 1) : null) {
            out.println("antiphon twin: chat completions at " + twin.baseUrl() + ", any key");
            if (faultPorts != null) out.println("fault ports: " + describe(faultPorts));
            out.flush();
            stop.await();
        } catch (UncheckedIOException e) {
            throw CommandFault.of(e);
        }
        return 0;
    }

    private static String describe(FaultPorts ports) {
        return ports.resetting().getPort() + " resets, " + ports.mute().getPort() + " is mute, "
                + ports.garblingTls().getPort() + " answers TLS with garbage";
    }
}
