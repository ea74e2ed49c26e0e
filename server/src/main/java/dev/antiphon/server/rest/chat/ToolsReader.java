package dev.antiphon.server.rest.chat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code tools} and {@code tool_choice}.
 *
 * <p>Threading: stateless.
 */
final class ToolsReader {
    private ToolsReader() {}

    static List<ToolDefinition> readTools(JsonParser json) throws IOException {
        JsonValues.enterArray(json, "tools", "objects");
        List<ToolDefinition> tools = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) tools.add(readTool(json, "tools[" + tools.size() + "]"));
        return tools;
    }

    private static ToolDefinition readTool(JsonParser json, String param) throws IOException {
        JsonValues.enterObject(json, param);
        ToolDefinition tool = null;
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            switch (field) {
                case "type" -> MessageReader.requireFunction(json, param + ".type");
                case "function" -> tool = readFunction(json, param + ".function");
                default -> json.skipChildren();
            }
        }
        if (tool == null) throw Faults.missing(param + ".function");
        return tool;
    }

    private static ToolDefinition readFunction(JsonParser json, String param) throws IOException {
        JsonValues.enterObject(json, param);
        String name = null;
        String description = null;
        String parameters = null;
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            if (JsonValues.isNull(json)) continue;
            switch (field) {
                case "name" -> name = JsonValues.text(json, param + ".name");
                case "description" -> description = JsonValues.text(json, param + ".description");
                case "parameters" -> {
                    JsonValues.enterObject(json, param + ".parameters");
                    parameters = JsonValues.raw(json);
                }
                default -> json.skipChildren();
            }
        }
        if (name == null) throw Faults.missing(param + ".name");
        return new ToolDefinition(name, description, parameters);
    }

    static ToolChoice readChoice(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            String choice = json.getText();
            return switch (choice) {
                case "auto" -> ToolChoice.AUTO;
                case "none" -> ToolChoice.NONE;
                case "required" -> ToolChoice.REQUIRED;
                default -> throw Faults.invalidValue("tool_choice", choice, "'none', 'auto', and 'required'");
            };
        }
        if (json.currentToken() != JsonToken.START_OBJECT)
            throw Faults.wrongType("tool_choice", "a string or an object");
        String name = null;
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            switch (field) {
                case "type" -> MessageReader.requireFunction(json, "tool_choice.type");
                case "function" -> {
                    JsonValues.enterObject(json, "tool_choice.function");
                    for (String inner; (inner = JsonValues.nextField(json)) != null; ) {
                        if (inner.equals("name")) name = JsonValues.text(json, "tool_choice.function.name");
                        else json.skipChildren();
                    }
                }
                default -> json.skipChildren();
            }
        }
        if (name == null) throw Faults.missing("tool_choice.function.name");
        return ToolChoice.function(name);
    }
}
