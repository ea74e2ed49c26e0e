package dev.antiphon.server.cli;

import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
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
    @Spec
    private CommandSpec spec = CommandSpec.create();

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
                Twin twin = Twin.start(settings)) {
            out.println("antiphon twin: chat completions at " + twin.baseUrl() + ", any key");
            out.flush();
            stop.await();
        } catch (UncheckedIOException e) {
            throw CommandFault.of(e);
        }
        return 0;
    }
}
