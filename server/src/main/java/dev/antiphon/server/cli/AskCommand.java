package dev.antiphon.server.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ask}: one question to any Realtime server. The answer's words go to stdout, progress to stderr. */
@Command(
        name = "ask",
        mixinStandardHelpOptions = true,
        description = "Ask any Realtime server one question, written or spoken.")
final class AskCommand implements Callable<Integer> {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    /** A second at a time: far below what any server takes in one event. */
    private static final int APPEND_BYTES = 48_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "ws:// or wss:// address (${DEFAULT-VALUE}).",
            defaultValue = "ws://127.0.0.1:8080/v1/realtime?model=antiphon")
    private URI url = URI.create("ws://127.0.0.1:8080/v1/realtime");

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "Sent as Bearer token; also from ANTIPHON_KEY.",
            defaultValue = "${env:ANTIPHON_KEY}")
    private @Nullable String key;

    @ArgGroup(multiplicity = "1")
    private Question question = new Question();

    @Option(names = "--out", paramLabel = "FILE.wav", description = "Where to write the spoken answer.")
    private @Nullable Path out;

    @Option(
            names = "--instructions",
            paramLabel = "TEXT",
            description = "Instructions of the session.",
            defaultValue = "")
    private String instructions = "";

    @Option(
            names = "--timeout-seconds",
            paramLabel = "N",
            description = "Longest silence of the server (${DEFAULT-VALUE}).")
    private int timeoutSeconds = 30;

    /** Written or spoken. */
    private static final class Question {
        @Option(names = "--text", paramLabel = "TEXT", required = true, description = "The question, written.")
        private @Nullable String text;

        @Option(names = "--in", paramLabel = "FILE.wav", required = true, description = "The question, spoken.")
        private @Nullable Path file;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (!"ws".equals(url.getScheme()) && !"wss".equals(url.getScheme())) {
            throw new ParameterException(spec.commandLine(), "--url: " + url + " (expected: ws://... or wss://...)");
        }
        AudioClip spoken = question.file == null ? null : Speech.read(question.file);
        PrintWriter err = spec.commandLine().getErr();
        err.println("connecting to " + url);
        try (RealtimeClient client = RealtimeClient.connect(url, key)) {
            SpokenAnswer answer = ask(client, spoken, err);
            spec.commandLine().getOut().println(answer.words());
            if (!answer.status().equals("completed")) {
                throw new CommandFault(
                        "the answer is " + answer.status() + (answer.error().isEmpty() ? "" : ": " + answer.error()));
            }
            if (out != null) {
                if (!answer.hasSound()) throw new CommandFault("--out: " + out + ": the answer has no sound");
                Speech.write(out, answer.clip());
                err.println("wrote " + out);
            }
            return 0;
        } catch (IOException e) {
            throw CommandFault.of(e);
        }
    }

    private SpokenAnswer ask(RealtimeClient client, @Nullable AudioClip spoken, PrintWriter err)
            throws IOException, InterruptedException {
        await(client, "session.created");
        client.send("session.update", this::writeSession);
        await(client, "session.updated");
        if (spoken != null) sendSpeech(client, spoken, err);
        else client.send("conversation.item.create", json -> writeText(json, String.valueOf(question.text)));
        long askedNanos = System.nanoTime();
        client.send("response.create");
        SpokenAnswer answer = new SpokenAnswer();
        boolean first = true;
        while (true) {
            RealtimeClient.Arrival arrival = next(client);
            boolean over = answer.add(arrival.message());
            if (first && answer.hasSound()) {
                err.println("first sound after " + millis(arrival.atNanos() - askedNanos) + " ms");
                first = false;
            }
            if (!over) continue;
            err.println(String.format(
                    Locale.ROOT,
                    "%.1f s of speech in %d ms",
                    FORMAT.millisOf(answer.clip().samples()) / 1000.0,
                    millis(arrival.atNanos() - askedNanos)));
            return answer;
        }
    }

    private void sendSpeech(RealtimeClient client, AudioClip spoken, PrintWriter err) {
        byte[] pcm = spoken.toByteArray();
        for (int offset = 0; offset < pcm.length; offset += APPEND_BYTES) {
            client.appendAudio(pcm, offset, Math.min(APPEND_BYTES, pcm.length - offset));
        }
        client.send("input_audio_buffer.commit");
        err.println("sent " + spoken.millis() + " ms of speech");
    }

    private void writeSession(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("session");
        json.writeStringField("type", "realtime");
        if (!instructions.isEmpty()) json.writeStringField("instructions", instructions);
        json.writeObjectFieldStart("audio");
        json.writeObjectFieldStart("input");
        json.writeNullField("turn_detection");
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
    }

    static void writeText(JsonGenerator json, String text) throws IOException {
        json.writeObjectFieldStart("item");
        json.writeStringField("type", "message");
        json.writeStringField("role", "user");
        json.writeArrayFieldStart("content");
        json.writeStartObject();
        json.writeStringField("type", "input_text");
        json.writeStringField("text", text);
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private void await(RealtimeClient client, String type) throws IOException, InterruptedException {
        while (!next(client).message().type().equals(type)) {}
    }

    /** The next event; an error of the server ends the command. */
    private RealtimeClient.Arrival next(RealtimeClient client) throws IOException, InterruptedException {
        RealtimeClient.Arrival arrival = client.next(Duration.ofSeconds(timeoutSeconds));
        if (arrival.message().type().equals("error")) {
            throw new IOException("the server says: " + arrival.message().text("error.message"));
        }
        return arrival;
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }
}
