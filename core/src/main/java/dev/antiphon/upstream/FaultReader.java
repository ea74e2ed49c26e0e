package dev.antiphon.upstream;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.upstream.UpstreamFault.Kind;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the error of a provider out of JSON of any of the shapes that are known, and says something true about everything
 * else.
 *
 * <pre>
 * {"error":{"message":"…","type":"…","param":…,"code":"…" or number or null}}     OpenAI, Azure, OpenRouter, most
 * {"error":{…,"innererror":{"code":"…","content_filter_result":{…}}}}            Azure's filter; the inner one is skipped
 * {"error":"…"}                                                                  Ollama
 * {"object":"error","message":"…","type":"…","code":…}                           vLLM
 * {"message":"…","code":…} {"statusCode":…,"message":"…"}                        proxies, Azure API management
 * {"detail":"…"} {"detail":[{"msg":"…"}]}                                        FastAPI
 * {"base_resp":{"status_code":…,"status_msg":"…"}}                               MiniMax
 * [{"error":{…}}]                                                                Gemini
 * </pre>
 *
 * <p>Threading: confined to its caller.
 */
final class FaultReader {
    private @Nullable String message;
    private @Nullable String type;
    private @Nullable String code;
    private @Nullable String param;

    private FaultReader() {}

    /** @param body lent; what came with a status of 300 or more, perhaps cut, perhaps no JSON at all */
    static UpstreamFault refused(int httpStatus, byte[] body, int offset, int length) {
        FaultReader found = new FaultReader();
        found.read(body, offset, length);
        String message = found.message == null
                ? "the model's server answered with status " + httpStatus
                : Secrets.mask(found.message);
        boolean retryable = Faults.mayBeRetried(httpStatus, found.type, found.code);
        String type = found.typeOr(Faults.typeOf(httpStatus));
        return new UpstreamFault(
                Kind.REFUSED, httpStatus, type, found.maskedCode(), found.maskedParam(), message, retryable);
    }

    /** @param event lent; the JSON of an error after status 200 */
    static UpstreamFault reported(byte[] event, int offset, int length, boolean nothingWasSaid) {
        FaultReader found = new FaultReader();
        found.read(event, offset, length);
        String message = found.message == null ? "the model reported an error" : Secrets.mask(found.message);
        int status = found.codeAsStatus();
        String type = found.typeOr(status == 0 ? Faults.SERVER_ERROR : Faults.typeOf(status));
        boolean retryable = nothingWasSaid
                && (Faults.mayBeRetried(status, found.type, found.code)
                        || (status == 0 && type.equals(Faults.SERVER_ERROR)));
        return new UpstreamFault(Kind.REPORTED, 200, type, found.maskedCode(), found.maskedParam(), message, retryable);
    }

    private void read(byte[] body, int offset, int length) {
        try (JsonParser json = EventJson.FACTORY.createParser(body, offset, length)) {
            JsonToken first = json.nextToken();
            if (first == JsonToken.START_ARRAY) first = json.nextToken();
            if (first == JsonToken.START_OBJECT) readObject(json);
        } catch (IOException notJson) {
            // What was found before the fault is kept; HTML leaves nothing.
        }
    }

    private void readObject(JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            boolean nested = value == JsonToken.START_OBJECT;
            switch (field) {
                case "error", "base_resp" -> {
                    if (nested) readObject(json);
                    else message = textOr(json, value, message);
                }
                case "detail" -> readDetail(json, value);
                case "message", "msg", "status_msg" -> message = textOr(json, value, message);
                case "type" -> type = textOr(json, value, type);
                case "code", "status_code" -> code = textOr(json, value, code);
                case "param" -> param = textOr(json, value, param);
                default -> json.skipChildren();
            }
        }
    }

    private void readDetail(JsonParser json, JsonToken value) throws IOException {
        if (value == JsonToken.START_OBJECT) {
            readObject(json);
        } else if (value == JsonToken.START_ARRAY) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (json.currentToken() == JsonToken.START_OBJECT) readFirstObject(json);
                else json.skipChildren();
            }
        } else {
            message = textOr(json, value, message);
        }
    }

    /** FastAPI lists every field that is wrong, with a {@code type} of its own: the first sentence is enough. */
    private void readFirstObject(JsonParser json) throws IOException {
        if (message == null) readObject(json);
        else json.skipChildren();
        type = null;
    }

    private static @Nullable String textOr(JsonParser json, JsonToken value, @Nullable String fallback)
            throws IOException {
        if (value.isStructStart()) {
            json.skipChildren();
            return fallback;
        }
        boolean hasText = value == JsonToken.VALUE_STRING || value.isNumeric();
        return hasText && json.getTextLength() > 0 ? json.getText() : fallback;
    }

    private String typeOr(String fallback) {
        return type == null ? fallback : Secrets.maskWord(type);
    }

    private @Nullable String maskedCode() {
        return code == null ? null : Secrets.maskWord(code);
    }

    private @Nullable String maskedParam() {
        return param == null ? null : Secrets.mask(param);
    }

    /** OpenRouter and Azure put the HTTP status there; 0: they did not. */
    private int codeAsStatus() {
        if (code == null || code.length() != 3) return 0;
        int status = 0;
        for (int i = 0; i < 3; i++) {
            int digit = code.charAt(i) - '0';
            if (digit < 0 || digit > 9) return 0;
            status = status * 10 + digit;
        }
        return status;
    }
}
