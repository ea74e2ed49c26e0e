package dev.antiphon.server.twin.wire;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.netty.buffer.ByteBuf;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A request that gets no answer, with the status and the error body the provider gives.
 *
 * <p>Threading: immutable.
 */
public final class Refusal extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final int httpStatus;
    private final String type;
    private final @Nullable String param;
    private final @Nullable String code;

    private Refusal(int httpStatus, String type, String message, @Nullable String param, @Nullable String code) {
        super(message, null, false, false); // the client's fault: a stack of ours tells nothing
        this.httpStatus = httpStatus;
        this.type = type;
        this.param = param;
        this.code = code;
    }

    /** Status 400 and {@code invalid_request_error}. */
    public static Refusal badRequest(String message, @Nullable String param, @Nullable String code) {
        return new Refusal(400, "invalid_request_error", message, param, code);
    }

    public static Refusal missingParameter(String param) {
        return badRequest("Missing required parameter: '" + param + "'.", param, "missing_required_parameter");
    }

    public static Refusal of(
            int httpStatus, String type, String message, @Nullable String param, @Nullable String code) {
        return new Refusal(httpStatus, type, message, param, code);
    }

    public int httpStatus() {
        return httpStatus;
    }

    public String message() {
        return String.valueOf(getMessage());
    }

    /** {@code 400} comes from the endpoint itself, everything else from what stands before it; they write differently. */
    public String contentType() {
        return isOfEndpoint() ? "application/json" : "application/json; charset=utf-8";
    }

    /** Appends the error body, indented as the provider does. */
    public void writeBody(ByteBuf out) {
        String indent = isOfEndpoint() ? "  " : "    ";
        StringBuilder json = new StringBuilder(256);
        json.append("{\n").append(indent).append("\"error\": {\n");
        member(json, indent, "message", message()).append(",\n");
        member(json, indent, "type", type).append(",\n");
        member(json, indent, "param", param).append(",\n");
        member(json, indent, "code", code).append('\n');
        json.append(indent).append("}\n}");
        if (!isOfEndpoint()) json.append('\n');
        out.writeCharSequence(json, StandardCharsets.UTF_8);
    }

    private boolean isOfEndpoint() {
        return httpStatus == 400;
    }

    private static StringBuilder member(StringBuilder json, String indent, String name, @Nullable String value) {
        json.append(indent).append(indent).append('"').append(name).append("\": ");
        if (value == null) return json.append("null");
        return json.append('"')
                .append(JsonStringEncoder.getInstance().quoteAsString(value))
                .append('"');
    }
}
