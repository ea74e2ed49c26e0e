package dev.antiphon.server.twin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A plain HTTP client and what it reads in an event stream; asserts nothing by itself. */
public final class TwinClient {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final URI baseUrl;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    public TwinClient(URI baseUrl) {
        this.baseUrl = baseUrl;
    }

    public HttpResponse<String> post(String path, String json, String... headers) {
        HttpRequest.Builder request = request(path).POST(HttpRequest.BodyPublishers.ofString(json));
        if (headers.length > 0) request.headers(headers);
        return send(request);
    }

    public HttpResponse<String> post(String path, byte[] body, String... headers) {
        return send(
                request(path).POST(HttpRequest.BodyPublishers.ofByteArray(body)).headers(headers));
    }

    public HttpResponse<String> get(String path) {
        return send(request(path).GET());
    }

    /** The data of all events of a streamed answer, {@code [DONE]} included. */
    public List<String> stream(String json) {
        HttpResponse<String> response = post("/chat/completions", json);
        if (response.statusCode() != 200) throw new AssertionError(response.statusCode() + " " + response.body());
        return events(response.body());
    }

    /** Tells {@code out} of each line as it arrives. */
    public void lines(String json, Consumer<String> out) {
        HttpRequest request = request("/chat/completions")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
        try {
            http.send(request, HttpResponse.BodyHandlers.ofLines()).body().forEach(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    public static List<String> events(String body) {
        List<String> events = new ArrayList<>();
        if (!body.endsWith("\n\n")) throw new AssertionError("no empty line at the end");
        for (String event : body.substring(0, body.length() - 2).split("\n\n", -1)) {
            if (!event.startsWith("data: ")) throw new AssertionError("no data line: " + event);
            events.add(event.substring("data: ".length()));
        }
        return events;
    }

    /** One letter for each event: r role, t transcript, - tick, D data, U usage, X expiry, Z done, c content, f finish. */
    public static String order(List<String> events) {
        StringBuilder order = new StringBuilder();
        for (String event : events) {
            if (event.equals("[DONE]")) order.append('Z');
            else if (event.startsWith("{\"error\"")) order.append('E');
            else if (!event.contains("\"choices\"")) order.append('-');
            else if (event.contains("\"choices\":[]")) order.append('U');
            else if (event.contains("\"data\":")) order.append('D');
            else if (event.contains("\"transcript\":")) order.append('t');
            else if (event.contains("\"expires_at\":")) order.append('X');
            else if (event.contains("\"tool_calls\":")) order.append('c');
            else if (event.contains("\"finish_reason\":\"")) order.append('f');
            else if (event.contains("\"content\":\"") && !event.contains("\"role\"")) order.append('w');
            else order.append('r');
        }
        return order.toString();
    }

    /** All scalar members of an event by their path, {@code choices.delta.audio.id}, in the order of the wire. */
    public static List<Map.Entry<String, String>> members(String event) {
        List<Map.Entry<String, String>> members = new ArrayList<>();
        List<String> path = new ArrayList<>();
        try (JsonParser json = new JsonFactory().createParser(event)) {
            while (json.nextToken() != null) {
                JsonToken token = json.currentToken();
                if (token == JsonToken.FIELD_NAME) path.add(json.currentName());
                else if (token.isScalarValue()) {
                    members.add(Map.entry(String.join(".", path), json.getText()));
                    if (!path.isEmpty()) path.remove(path.size() - 1);
                } else if (token.isStructEnd()) {
                    if (!json.getParsingContext().inArray() && !path.isEmpty()) path.remove(path.size() - 1);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return members;
    }

    /** The text of a member over all events, put together. */
    public static String joined(List<String> events, String path) {
        StringBuilder text = new StringBuilder();
        for (String event : events) {
            if (event.equals("[DONE]")) continue;
            for (Map.Entry<String, String> member : members(event)) {
                if (member.getKey().equals(path)) text.append(member.getValue());
            }
        }
        return text.toString();
    }

    public static String first(List<String> events, String path) {
        for (String event : events) {
            if (event.equals("[DONE]")) continue;
            for (Map.Entry<String, String> member : members(event)) {
                if (member.getKey().equals(path)) return member.getValue();
            }
        }
        throw new AssertionError(path + ": in no event");
    }

    public static List<byte[]> pieces(List<String> events) {
        List<byte[]> pieces = new ArrayList<>();
        for (String event : events) {
            if (event.equals("[DONE]")) continue;
            for (Map.Entry<String, String> member : members(event)) {
                if (member.getKey().equals("choices.delta.audio.data")) {
                    pieces.add(Base64.getDecoder().decode(member.getValue()));
                }
            }
        }
        return pieces;
    }

    public static byte[] pcm(List<String> events) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] piece : pieces(events)) all.writeBytes(piece);
        return all.toByteArray();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(baseUrl + path)).timeout(PATIENCE);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
