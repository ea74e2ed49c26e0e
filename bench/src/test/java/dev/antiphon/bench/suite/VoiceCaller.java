package dev.antiphon.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the callers of the load harness do with a server of voice, and what they rely on. */
final class VoiceCaller implements AutoCloseable {
    private static final Pattern DELTA = Pattern.compile("\"delta\":\"([^\"]*)\"");
    private static final Pattern WAV = Pattern.compile("\"data\"\\s*:\\s*\"([^\"]*)\"");
    private static final int WAV_HEAD_BYTES = 44;

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final WebSocket socket;

    VoiceCaller(int port) {
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + port + "/v1/realtime"), new Listener())
                .join();
    }

    /** Speaks, and hears what the model says. */
    void holdsATurn(ScriptedModel model) throws InterruptedException {
        byte[] spoken = {1, 2, 3, 4, 5, 6};
        say("{\"type\":\"session.update\",\"session\":{}}");
        append(spoken, 0, 4);
        append(spoken, 4, 6);
        say("{\"type\":\"input_audio_buffer.commit\"}");
        say("{\"type\":\"response.create\"}");

        List<String> pieces = new ArrayList<>();
        String event = next();
        while (event.contains("response.output_audio.delta")) {
            Matcher delta = DELTA.matcher(event);
            assertThat(delta.find()).as(event).isTrue();
            pieces.add(delta.group(1));
            event = next();
        }
        assertThat(pieces).isEqualTo(ScriptedModel.PIECES);
        assertThat(event).contains("response.done", "completed");

        String request = model.requests.take();
        assertThat(request).contains("\"stream\":true", "input_audio", "pcm16");
        Matcher wav = WAV.matcher(request);
        assertThat(wav.find()).isTrue();
        byte[] file = Base64.getDecoder().decode(wav.group(1));
        assertThat(file).hasSize(WAV_HEAD_BYTES + spoken.length).startsWith('R', 'I', 'F', 'F');
        assertThat(file).endsWith(spoken);
    }

    /** Cuts an answer that would never end; the model is told, and the next turn is answered. */
    void cutsAnAnswerShort(ScriptedModel model) throws Exception {
        say("{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
                + "\"content\":[{\"type\":\"input_text\",\"text\":\"endless\"}]}}");
        say("{\"type\":\"response.create\"}");
        assertThat(next()).contains("response.output_audio.delta");
        say("{\"type\":\"response.cancel\"}");

        String event = next();
        while (event.contains("response.output_audio.delta")) event = next();
        assertThat(event).contains("response.done", "cancelled");
        assertThat(model.hungUp.get(30, TimeUnit.SECONDS)).isTrue();
        model.requests.clear();
        holdsATurn(model);
    }

    private void append(byte[] pcm, int from, int to) {
        byte[] frame = Arrays.copyOfRange(pcm, from, to);
        say("{\"type\":\"input_audio_buffer.append\",\"audio\":\""
                + Base64.getEncoder().encodeToString(frame) + "\"}");
    }

    private void say(String event) {
        socket.sendText(event, true).join();
    }

    private String next() throws InterruptedException {
        String event = heard.poll(30, TimeUnit.SECONDS);
        assertThat(event).as("nothing heard").isNotNull();
        return String.valueOf(event);
    }

    @Override
    public void close() {
        socket.abort();
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                heard.add(message.toString());
                message.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }
    }
}
