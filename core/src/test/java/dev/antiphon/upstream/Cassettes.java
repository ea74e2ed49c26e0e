package dev.antiphon.upstream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.antiphon.testing.JsonTree;
import dev.antiphon.upstream.RecordedExchange.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Exchanges in YAML, as go-vcr, Ruby's VCR and pydantic-ai's recorder write them. */
final class Cassettes {
    private Cassettes() {}

    /** All of a cassette but requests for files, which no model has answered. */
    static List<RecordedExchange> read(String name, Path file) throws IOException {
        // A recording of a file that was cut is no base64 any more.
        String yaml = Files.readString(file).replace("!!binary |", "|");
        Object cassette = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        Object interactions = JsonTree.at(cassette, "interactions");
        if (interactions == null) interactions = JsonTree.at(cassette, "http_interactions");
        List<RecordedExchange> exchanges = new ArrayList<>();
        for (Object interaction : (List<?>) Objects.requireNonNull(interactions, "interactions")) {
            if (!isGet(interaction)) exchanges.add(exchange(name, exchanges.size(), interaction));
        }
        return exchanges;
    }

    private static RecordedExchange exchange(String cassette, int index, Object interaction) {
        String url = text(first(interaction, "request", "url", "uri"));
        Object response = JsonTree.at(interaction, "response");
        Object code = JsonTree.at(response, "code");
        if (code == null) code = JsonTree.at(response, "status", "code");
        Dialect dialect = url.contains("/deployments/") ? Dialect.AZURE : Dialect.OPENAI;
        return new RecordedExchange(
                cassette + "." + index,
                url.contains("/audio/tr") ? Kind.TRANSCRIPTION : Kind.CHAT,
                dialect,
                ((Number) Objects.requireNonNull(code, "code")).intValue(),
                contentType(response),
                body(response));
    }

    private static boolean isGet(Object interaction) {
        return text(JsonTree.at(interaction, "request", "method")).equalsIgnoreCase("GET");
    }

    private static String body(@Nullable Object response) {
        Object body = JsonTree.at(response, "body");
        Object text = body instanceof Map<?, ?> ? JsonTree.at(body, "string") : body;
        Object parsed = JsonTree.at(response, "parsed_body");
        return parsed == null ? text(text) : json(parsed);
    }

    private static @Nullable String contentType(@Nullable Object response) {
        Map<?, ?> headers = (Map<?, ?>) Objects.requireNonNull(JsonTree.at(response, "headers"), "headers");
        for (Map.Entry<?, ?> header : headers.entrySet()) {
            if (text(header.getKey()).equalsIgnoreCase("content-type"))
                return text(((List<?>) header.getValue()).get(0));
        }
        return null;
    }

    private static @Nullable Object first(Object node, String key, String name, String otherName) {
        Object found = JsonTree.at(node, key, name);
        return found == null ? JsonTree.at(node, key, otherName) : found;
    }

    private static String text(@Nullable Object node) {
        return (String) Objects.requireNonNull(node, "a text");
    }

    private static String json(Object tree) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            write(json, tree);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static void write(JsonGenerator json, @Nullable Object node) throws IOException {
        if (node instanceof Map<?, ?> map) {
            json.writeStartObject();
            for (Map.Entry<?, ?> field : map.entrySet()) {
                json.writeFieldName(text(field.getKey()));
                write(json, field.getValue());
            }
            json.writeEndObject();
        } else if (node instanceof List<?> list) {
            json.writeStartArray();
            for (Object element : list) write(json, element);
            json.writeEndArray();
        } else if (node instanceof Integer number) {
            json.writeNumber(number);
        } else {
            json.writeObject(node); // a string, a boolean, null; anything else is refused
        }
    }
}
