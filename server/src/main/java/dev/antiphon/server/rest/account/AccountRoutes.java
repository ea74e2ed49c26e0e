package dev.antiphon.server.rest.account;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.rest.BodySink;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.RestRequest;
import dev.antiphon.server.rest.Route;
import dev.antiphon.server.usage.UsageBook;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * The list of models, each of them by its name, and what the caller's own key has used.
 *
 * <p>Threading: thread-safe.
 */
public final class AccountRoutes {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String MODELS = "/models/";
    private static final int SHOWN_NAME_CHARS = 256;

    private final ModelNames names;
    private final UsageBook usage;

    public AccountRoutes(ModelNames names, UsageBook usage) {
        this.names = names;
        this.usage = usage;
    }

    public Map<String, Route> routes() {
        return Map.of(
                "/models",
                Route.get((request, answer) -> BodySink.atEnd(() -> list(answer))),
                MODELS,
                Route.get((request, answer) -> BodySink.atEnd(() -> one(nameIn(request), answer))),
                "/usage",
                Route.get((request, answer) -> BodySink.atEnd(() -> statement(request.client(), answer))));
    }

    private void list(RestAnswer answer) {
        answerJson(answer, json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (ModelNames.Model model : names.models()) write(model, json);
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private void one(String name, RestAnswer answer) {
        for (ModelNames.Model model : names.models()) {
            if (!model.id().equals(name)) continue;
            answerJson(answer, json -> write(model, json));
            return;
        }
        String shown = name.length() <= SHOWN_NAME_CHARS ? name : name.substring(0, SHOWN_NAME_CHARS) + '…';
        answer.refuse(new Refusal(
                404, "invalid_request_error", "model_not_found", "The model '" + shown + "' does not exist", "model"));
    }

    /** Names may have slashes in them, escaped or not. */
    private static String nameIn(RestRequest request) {
        int start = request.path().indexOf(MODELS) + MODELS.length();
        String written = request.path().substring(start);
        try {
            return QueryStringDecoder.decodeComponent(written.replace("+", "%2B")); // a plus is a plus in a path
        } catch (IllegalArgumentException broken) {
            return written;
        }
    }

    private void statement(String client, RestAnswer answer) {
        ByteBuf body = answer.allocator().buffer();
        usage.write(client, body);
        answer.whole(200, "application/json", body);
    }

    private static void write(ModelNames.Model model, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", model.id());
        json.writeStringField("object", "model");
        json.writeNumberField("created", model.createdUnixSeconds());
        json.writeStringField("owned_by", model.ownedBy());
        json.writeEndObject();
    }

    private interface Content {
        void writeTo(JsonGenerator json) throws IOException;
    }

    private static void answerJson(RestAnswer answer, Content content) {
        ByteBuf body = answer.allocator().buffer();
        try (JsonGenerator json = JSON.createGenerator((OutputStream) new ByteBufOutputStream(body))) {
            content.writeTo(json);
        } catch (IOException e) {
            body.release();
            throw new UncheckedIOException(e); // a buffer has no disk that could be full
        }
        answer.whole(200, "application/json", body);
    }
}
