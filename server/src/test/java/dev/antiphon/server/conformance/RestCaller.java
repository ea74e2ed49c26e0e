package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.Gateway;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/**
 * A client of the gateway's plain HTTP. Each request is answered within ten seconds.
 *
 * <p>Threading: thread-safe.
 */
public final class RestCaller {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String base;
    private final String key; // empty: none

    public RestCaller(Gateway gateway, String key) {
        base = "http://127.0.0.1:" + gateway.address().getPort() + "/v1";
        this.key = key;
    }

    HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    HttpResponse<byte[]> post(String path, String contentType, byte[] body) throws IOException, InterruptedException {
        return send(
                request(path).header("Content-Type", contentType).POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    public HttpResponse<byte[]> post(String path, String json) throws IOException, InterruptedException {
        return post(path, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    /** The JSON of an answer that has to be of that status. */
    static Frame json(HttpResponse<byte[]> answer, int status) {
        String body = text(answer);
        assertThat(answer.statusCode()).as(body).isEqualTo(status);
        return Frame.parse(body);
    }

    public static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    /** The sound of a streamed completion. */
    static byte[] soundOf(HttpResponse<byte[]> stream) {
        ByteArrayOutputStream sound = new ByteArrayOutputStream();
        for (String event : text(stream).split("\n\n", -1)) {
            if (!event.startsWith("data: {")) continue;
            Object data = Frame.parse(event.substring("data: ".length())).at("choices", 0, "delta", "audio", "data");
            if (data != null) sound.writeBytes(Base64.getDecoder().decode(data.toString()));
        }
        return sound.toByteArray();
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE);
        return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }
}
