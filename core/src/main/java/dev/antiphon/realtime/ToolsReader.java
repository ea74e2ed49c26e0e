package dev.antiphon.realtime;

import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code tools} and {@code tool_choice}: functions in the Realtime protocol's flat form. */
final class ToolsReader {
    private static final int MAX_NAME_CHARS = 256;

    private ToolsReader() {}

    static List<ToolDefinition> readTools(JsonCursor json, String path) throws IOException {
        List<ToolDefinition> tools = new ArrayList<>();
        json.enterArray(path);
        while (json.nextElement()) tools.add(readTool(json, path + "[" + tools.size() + "]"));
        return tools;
    }

    private static ToolDefinition readTool(JsonCursor json, String path) throws IOException {
        String type = null;
        String name = null;
        String description = null;
        String parametersJson = null;
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "type" -> type = json.text(path + ".type");
                case "name" -> name = json.text(path + ".name", MAX_NAME_CHARS);
                case "description" -> description = json.text(path + ".description");
                case "parameters" -> parametersJson = json.rawObject(path + ".parameters");
                default -> json.skip();
            }
        }
        if (type == null) throw Faults.missing(path + ".type");
        if (type.equals("mcp")) throw Faults.notSupportedYet(path + ".type", "A tool of type 'mcp'");
        if (!type.equals("function")) throw Faults.unsupportedValue(path + ".type", type, "function");
        if (name == null) throw Faults.missing(path + ".name");
        return new ToolDefinition(name, description, parametersJson);
    }

    /** A word, or {@code {"type":"function","name":…}}. */
    static ToolChoice readToolChoice(JsonCursor json, String path) throws IOException {
        if (json.isString()) {
            String word = json.text(path);
            return switch (word) {
                case "auto" -> ToolChoice.AUTO;
                case "none" -> ToolChoice.NONE;
                case "required" -> ToolChoice.REQUIRED;
                default -> throw Faults.unsupportedValue(path, word, "auto", "none", "required");
            };
        }
        String type = null;
        String name = null;
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "type" -> type = json.text(path + ".type");
                case "name" -> name = json.text(path + ".name", MAX_NAME_CHARS);
                default -> json.skip();
            }
        }
        if (type == null) throw Faults.missing(path + ".type");
        if (!type.equals("function")) throw Faults.unsupportedValue(path + ".type", type, "function");
        if (name == null) throw Faults.missing(path + ".name");
        return ToolChoice.function(name);
    }
}
