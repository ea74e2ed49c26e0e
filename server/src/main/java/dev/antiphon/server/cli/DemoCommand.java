package dev.antiphon.server.cli;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.twin.speech.Speakers;
import dev.antiphon.server.twin.speech.TwinVoice;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code demo}: one whole spoken conversation against the embedded model, through a real WebSocket. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "Hold one whole spoken conversation with the embedded model, through a real WebSocket, and exit.")
final class DemoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--in",
            paramLabel = "FILE.wav",
            description = "Your question, spoken; otherwise a synthetic voice asks.")
    private @Nullable Path in;

    @Option(
            names = "--out",
            paramLabel = "FILE.wav",
            description = "Where to write the spoken answer (${DEFAULT-VALUE}).")
    private Path out = Path.of("answer.wav");

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter console = spec.commandLine().getOut();
        Turns turns = new Turns();
        try (Gateway gateway = Gateway.start(GatewayConfig.embedded(), turns);
                RealtimeClient client = RealtimeClient.connect(gateway.realtimeUrl(), null);
                Microphone microphone = new Microphone(client)) {
            console.println(gateway.description());
            AudioClip question = in == null ? synthetic("Hello! Can you hear me, and who are you?") : Speech.read(in);
            new DemoConversation(client, microphone, turns, console).hold(question, synthetic("Stop, please."), out);
            return 0;
        } catch (IOException | UncheckedIOException e) {
            throw CommandFault.of(e);
        }
    }

    private static AudioClip synthetic(String words) {
        return new Speakers().speak(words, TwinVoice.ECHO);
    }
}
