package dev.antiphon.server.rest.chat;

import dev.antiphon.session.ClientFault;
import org.jspecify.annotations.Nullable;

/** What can be wrong with a request, in the words of the OpenAI API. */
final class Faults {
    private static final int MAX_QUOTED_CHARS = 40;

    private Faults() {}

    static ClientFault invalidJson() {
        return new ClientFault("invalid_json", "We could not parse the JSON body of your request.", null, null);
    }

    static ClientFault missing(String param) {
        return new ClientFault(
                "missing_required_parameter", "Missing required parameter: '" + param + "'.", param, null);
    }

    static ClientFault wrongType(String param, String expected) {
        return new ClientFault(
                "invalid_type", "Invalid type for '" + param + "': expected " + expected + ".", param, null);
    }

    static ClientFault invalidValue(String param, String value, String supported) {
        return new ClientFault(
                "invalid_value",
                "Invalid value: " + quoted(value) + ". Supported values are: " + supported + ".",
                param,
                null);
    }

    static ClientFault unsupportedValue(String param, String sentence) {
        return new ClientFault("unsupported_value", sentence, param, null);
    }

    static ClientFault unsupportedParameter(String param) {
        return new ClientFault(
                "unsupported_parameter",
                "Unsupported parameter: '" + param + "' is not supported by this gateway.",
                param,
                null);
    }

    static ClientFault of(String code, String sentence, @Nullable String param) {
        return new ClientFault(code, sentence, param, null);
    }

    /** Short: a name that is too long is somebody's words. */
    static String quoted(String value) {
        return '\'' + (value.length() > MAX_QUOTED_CHARS ? value.substring(0, MAX_QUOTED_CHARS) + "…" : value) + '\'';
    }
}
