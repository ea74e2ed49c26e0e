package dev.antiphon.bench.start;

import dev.antiphon.time.NanoClock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One start of the gateway's process with the embedded model, and the first answer it speaks.
 *
 * <p>Threading: immutable.
 *
 * @param listeningNanos from the start of the process to the line that says where it listens
 * @param firstAudioNanos from there on: connect, ask in writing, first piece of sound received
 */
record Start(long listeningNanos, long firstAudioNanos) {
    private static final Pattern LISTENING = Pattern.compile("Realtime at (ws://\\S+?),");
    private static final long LONGEST_SECONDS = 60;
    private static final String QUESTION = "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\","
            + "\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"Who are you?\"}]}}";

    long totalNanos() {
        return listeningNanos + firstAudioNanos;
    }

    /**
     * Starts a process, asks it and ends it.
     *
     * @param java of the JDK
     * @param flags of the JVM
     * @param config a YAML file of the gateway
     */
    static Start of(Path java, List<String> flags, Path jar, Path config, HttpClient client) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(java.toString());
        command.addAll(flags);
        command.addAll(List.of("-jar", jar.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(name -> name.startsWith("ANTIPHON_") || name.contains("OPENAI"));
        builder.environment().put("ANTIPHON_CONFIG", config.toString());
        long startNanos = NanoClock.SYSTEM.nanoTime();
        Process process = builder.start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            URI url = urlIn(lines);
            long listeningNanos = NanoClock.SYSTEM.nanoTime();
            FirstAudio heard = new FirstAudio();
            WebSocket socket =
                    client.newWebSocketBuilder().buildAsync(url, heard).get(LONGEST_SECONDS, TimeUnit.SECONDS);
            socket.sendText(QUESTION, true).get(LONGEST_SECONDS, TimeUnit.SECONDS);
            socket.sendText("{\"type\":\"response.create\"}", true).get(LONGEST_SECONDS, TimeUnit.SECONDS);
            long heardNanos = heard.first.get(LONGEST_SECONDS, TimeUnit.SECONDS);
            socket.abort();
            return new Start(listeningNanos - startNanos, heardNanos - listeningNanos);
        } finally {
            process.destroy();
            if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
        }
    }

    private static URI urlIn(BufferedReader lines) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher listening = LISTENING.matcher(line);
            if (listening.find()) return URI.create(listening.group(1));
        }
        throw new IOException("the gateway ended before it listened");
    }

    /** Notes when the first sound came. */
    private static final class FirstAudio implements WebSocket.Listener {
        final CompletableFuture<Long> first = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                if (text.indexOf("\"response.output_audio.delta\"") >= 0) first.complete(NanoClock.SYSTEM.nanoTime());
                if (text.indexOf("\"type\":\"error\"") >= 0) {
                    first.completeExceptionally(new IOException(text.toString()));
                }
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            first.completeExceptionally(new IOException("closed: " + code + " " + reason));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            first.completeExceptionally(error);
        }
    }
}
