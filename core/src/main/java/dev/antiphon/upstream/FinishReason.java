package dev.antiphon.upstream;

/**
 * Why a model stopped, as {@code choices[].finish_reason} says it. An audio stream of OpenAI never says it at all.
 */
public enum FinishReason {
    STOP,
    LENGTH,
    TOOL_CALLS,
    CONTENT_FILTER,
    /** The provider broke off: OpenRouter's {@code "error"}. */
    ERROR,
    /** Any word we do not know: a normal end, as far as we can tell. */
    OTHER;

    /** @param wire the wire's word; {@code function_call} (deprecated functions) counts as {@link #TOOL_CALLS} */
    public static FinishReason of(String wire) {
        return switch (wire) {
            case "stop" -> STOP;
            case "length" -> LENGTH;
            case "tool_calls", "function_call" -> TOOL_CALLS;
            case "content_filter" -> CONTENT_FILTER;
            case "error" -> ERROR;
            default -> OTHER;
        };
    }
}
