package dev.antiphon.upstream;

import org.jspecify.annotations.Nullable;

/**
 * Whether and which tool the model has to call.
 *
 * <p>Threading: immutable.
 *
 * @param functionName set exactly when {@code mode} is {@link Mode#FUNCTION}
 */
public record ToolChoice(Mode mode, @Nullable String functionName) {
    /** {@code tool_choice} of the wire. */
    public enum Mode {
        AUTO,
        NONE,
        REQUIRED,
        FUNCTION
    }

    public static final ToolChoice AUTO = new ToolChoice(Mode.AUTO, null);
    public static final ToolChoice NONE = new ToolChoice(Mode.NONE, null);
    public static final ToolChoice REQUIRED = new ToolChoice(Mode.REQUIRED, null);

    public ToolChoice {
        if ((mode == Mode.FUNCTION) != (functionName != null)) {
            throw new IllegalArgumentException(
                    "functionName: " + functionName + " (expected: set exactly for FUNCTION)");
        }
    }

    public static ToolChoice function(String name) {
        return new ToolChoice(Mode.FUNCTION, name);
    }
}
