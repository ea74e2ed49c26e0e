package dev.antiphon.upstream;

import org.jspecify.annotations.Nullable;

/**
 * A function the model may call.
 *
 * <p>Threading: immutable.
 *
 * @param description null: none given
 * @param parametersJson the JSON schema as JSON text, passed on as it came; null: none given
 */
public record ToolDefinition(
        String name, @Nullable String description, @Nullable String parametersJson) {}
