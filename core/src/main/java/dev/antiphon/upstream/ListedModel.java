package dev.antiphon.upstream;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One model of a provider's {@code GET …/models}.
 *
 * <p>Threading: immutable.
 *
 * @param shutdownDate the day from which it answers no more; null: not said
 */
public record ListedModel(String id, @Nullable LocalDate shutdownDate) {

    /**
     * Those of {@code {"data":[{"id":"…","shutdown_date":"2027-01-20"}, …]}}; of anything else, and from where it breaks
     * off, none.
     *
     * @param body lent
     */
    public static List<ListedModel> readAll(byte[] body) {
        List<ListedModel> models = new ArrayList<>();
        try (JsonParser json = EventJson.FACTORY.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) return models;
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean isData = json.currentName().equals("data");
                if (json.nextToken() == JsonToken.START_ARRAY && isData) readList(json, models);
                else json.skipChildren();
            }
        } catch (IOException notJson) {
            return models; // what came before it is true all the same
        }
        return models;
    }

    private static void readList(JsonParser json, List<ListedModel> models) throws IOException {
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                json.skipChildren();
                continue;
            }
            ListedModel model = readOne(json);
            if (model != null) models.add(model);
        }
    }

    private static @Nullable ListedModel readOne(JsonParser json) throws IOException {
        String id = null;
        LocalDate shutdownDate = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            boolean isText = json.nextToken() == JsonToken.VALUE_STRING;
            if (isText && field.equals("id")) id = json.getText();
            else if (isText && field.equals("shutdown_date")) shutdownDate = dateOrNull(json.getText());
            else json.skipChildren();
        }
        return id == null ? null : new ListedModel(id, shutdownDate);
    }

    private static @Nullable LocalDate dateOrNull(String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
