package dev.antiphon.server.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.conformance.Frame;
import dev.antiphon.server.conformance.PlainSocketClient;
import dev.antiphon.server.conformance.SpokenAnswer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A client that talks to a model which may fail. Whatever it is sent has to keep the protocol's order, and nothing of the
 * model's server may be in it.
 *
 * <p>Threading: confined to its caller.
 */
final class FaultCaller implements AutoCloseable {
    static final String QUESTION = "say: That is the whole answer.";
    static final String ANSWER = "That is the whole answer.";

    /** Of the provider's key, its addresses and its pages. */
    private static final List<String> SECRETS = List.of(
            FaultyModel.KEY,
            "-Zq81", // with what no id has: four letters alone are found in one by chance
            "Bearer",
            "169.254",
            "10.0.0.7",
            "nginx",
            "It works",
            "<html",
            "127.0.0.1",
            "nobody");

    private final PlainSocketClient client;
    private final List<String> received = new ArrayList<>();

    FaultCaller(Gateway gateway, String model) throws IOException {
        client = new PlainSocketClient(gateway.realtimeUrl(), URLEncoder.encode(model, StandardCharsets.UTF_8));
        Frame created = next();
        assertThat(created.text("session", "model")).isEqualTo(model);
    }

    /** One turn, from the question to {@code response.done}. */
    SpokenAnswer ask() throws IOException {
        return ask(QUESTION);
    }

    SpokenAnswer ask(String question) throws IOException {
        question(question);
        return answer();
    }

    void question(String question) throws IOException {
        client.write(question);
        client.askForResponse();
    }

    SpokenAnswer answer() throws IOException {
        SpokenAnswer answer = new SpokenAnswer(await("response.created"));
        while (!answer.add(next())) {}
        return answer;
    }

    void send(String event) throws IOException {
        client.send(event);
    }

    Frame await(String type) throws IOException {
        while (true) {
            Frame frame = next();
            if (frame.type().equals(type)) return frame;
        }
    }

    /** Cuts what was heard, as a client does whose user has interrupted. */
    void truncate(String itemId, int millis) throws IOException {
        send("{\"type\":\"conversation.item.truncate\",\"item_id\":\"" + itemId
                + "\",\"content_index\":0,\"audio_end_ms\":" + millis + "}");
        assertThat(await("conversation.item.truncated").integer("audio_end_ms")).isEqualTo(millis);
    }

    /** Nothing is under way, nothing was told twice, and the session does what it is told. */
    void requireLiveSession() throws IOException {
        send("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"instructions\":\"Be brief.\"}}");
        Frame updated = next();
        while (updated.type().equals("rate_limits.updated")) updated = next();
        assertThat(updated.type()).isEqualTo("session.updated");
        assertThat(updated.text("session", "instructions")).isEqualTo("Be brief.");
    }

    void requireNoSecrets() {
        String all = received.toString();
        for (String secret : SECRETS)
            assertThat(all).as("what the client was sent").doesNotContain(secret);
    }

    String received() {
        return received.toString();
    }

    private Frame next() throws IOException {
        Frame frame = client.next();
        if (frame.type().equals("error")) throw new AssertionError("error: " + frame);
        // Sound is compared elsewhere, and its base64 may spell anything.
        if (!frame.type().equals("response.output_audio.delta")) received.add(String.valueOf(frame.fields()));
        return frame;
    }

    /** Requires that the sound of the answer is the beginning of {@code whole}. */
    static void requireBeginning(SpokenAnswer answer, byte[] whole) {
        byte[] heard = answer.sound().toByteArray();
        assertThat(heard.length).as("bytes of sound").isBetween(19_200, whole.length - 1);
        assertThat(Arrays.mismatch(heard, whole)).as("first difference").isEqualTo(heard.length);
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
