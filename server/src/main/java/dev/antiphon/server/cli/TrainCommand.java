package dev.antiphon.server.cli;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.ConfigLoader;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.twin.FaultPorts;
import dev.antiphon.server.twin.speech.Speakers;
import dev.antiphon.server.twin.speech.TwinVoice;
import dev.antiphon.session.TurnObserver;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code train}: a short conversation whose only use is that the JVM sees what a gateway needs, and keeps it for the next
 * start in an archive of classes, or in a cache of ahead-of-time work.
 */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description = "Hold a short conversation that the JVM may learn from, and exit; the next start is faster.",
        footerHeading = "%nJDK 17 to 24:%n",
        footer = {
            "  java -XX:ArchiveClassesAtExit=antiphon.jsa -jar antiphon.jar train",
            "  java -XX:SharedArchiveFile=antiphon.jsa -jar antiphon.jar",
            "JDK 25 and later:",
            "  java -XX:AOTCacheOutput=antiphon.aot -jar antiphon.jar train",
            "  java -XX:AOTCache=antiphon.aot -jar antiphon.jar"
        })
final class TrainCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int APPEND_BYTES = 960; // 20 ms
    /** So that the question is over. */
    private static final int SILENCE_APPENDS = 50;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter console = spec.commandLine().getOut();
        try (FaultPorts ports = FaultPorts.open(0);
                Gateway gateway = Gateway.start(config(ports.garblingTls().getPort()), TurnObserver.NONE);
                RealtimeClient client = RealtimeClient.connect(gateway.realtimeUrl(), null)) {
            console.println(gateway.description());
            ask(client);
            console.println("trained: one question spoken, one written");
            return 0;
        } catch (IOException | UncheckedIOException e) {
            throw CommandFault.of(e);
        }
    }

    /** The way of a provider that is reached over TLS and fails, then the embedded model: both are seen. */
    private static GatewayConfig config(int tlsPort) throws IOException {
        Path file = Files.createTempFile("antiphon", ".yaml");
        try {
            Files.writeString(
                    file,
                    String.join(
                            "\n",
                            "listen: 127.0.0.1:0",
                            "upstreams:",
                            "  - {name: provider, url: 'https://127.0.0.1:" + tlsPort + "/v1', key: none}",
                            "  - {name: spare, embedded: true}",
                            "models:",
                            "  '*': {upstream: provider, fallback: spare}"));
            return ConfigLoader.load(Map.of("ANTIPHON_CONFIG", file.toString()));
        } finally {
            Files.delete(file);
        }
    }

    private static void ask(RealtimeClient client) throws IOException, InterruptedException {
        AudioClip question = new Speakers().speak("Hello! Can you hear me?", TwinVoice.ECHO);
        byte[] pcm = question.toByteArray();
        for (int offset = 0; offset < pcm.length; offset += APPEND_BYTES) {
            client.appendAudio(pcm, offset, Math.min(APPEND_BYTES, pcm.length - offset));
        }
        byte[] silence = new byte[APPEND_BYTES];
        for (int i = 0; i < SILENCE_APPENDS; i++) client.appendAudio(silence, 0, silence.length);
        hearAnswer(client);
        client.send("conversation.item.create", json -> AskCommand.writeText(json, "Who are you?"));
        client.send("response.create");
        hearAnswer(client);
    }

    private static void hearAnswer(RealtimeClient client) throws IOException, InterruptedException {
        SpokenAnswer answer = new SpokenAnswer();
        while (!answer.add(client.next(PATIENCE).message())) {}
        if (!answer.hasSound()) throw new IOException("the answer has no sound: " + answer.status());
    }
}
