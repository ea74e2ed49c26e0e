package dev.antiphon.server.upstream;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The final head of a response, reduced to what a call asks of it.
 *
 * <p>Threading: immutable.
 *
 * @param contentType null: none was sent
 * @param isCompressed though we asked for plain bytes
 * @param isReusable whether an HTTP/1.1 connection serves another request behind this message
 * @param requestId what the provider calls the exchange, fit for a log; empty: it gave no name, or none that is fit
 */
record ResponseHead(
        int status,
        @Nullable String contentType,
        boolean isCompressed,
        boolean isReusable,
        String requestId,
        RetryHint retryHint) {
    private static final int FIRST_REDIRECT_STATUS = 300;
    private static final int FIRST_ERROR_STATUS = 400;
    /** OpenAI and most others, Azure, OpenRouter. */
    private static final List<String> REQUEST_ID_HEADERS =
            List.of("x-request-id", "apim-request-id", "x-generation-id");

    private static final int MAX_REQUEST_ID_CHARS = 128;

    static ResponseHead of(HttpResponse head, Instant now) {
        HttpHeaders headers = head.headers();
        int status = head.status().code();
        String encoding = headers.get(HttpHeaderNames.CONTENT_ENCODING);
        return new ResponseHead(
                status,
                headers.get(HttpHeaderNames.CONTENT_TYPE),
                encoding != null && !HttpHeaderValues.IDENTITY.contentEqualsIgnoreCase(encoding),
                HttpUtil.isKeepAlive(head)
                        && (HttpUtil.isTransferEncodingChunked(head) || HttpUtil.isContentLengthSet(head)),
                requestId(headers),
                status < FIRST_REDIRECT_STATUS ? RetryHint.NONE : RetryHint.read(headers, now));
    }

    /** The answer is no answer: its body, if it counts at all, says why. */
    boolean isRefusal() {
        return status >= FIRST_REDIRECT_STATUS;
    }

    /** Never followed: where it leads, and what its body says of that, is nobody's business. */
    boolean isRedirect() {
        return isRefusal() && status < FIRST_ERROR_STATUS;
    }

    private static String requestId(HttpHeaders headers) {
        for (int i = 0; i < REQUEST_ID_HEADERS.size(); i++) {
            String id = headers.get(REQUEST_ID_HEADERS.get(i));
            if (id != null && isFitForLog(id)) return id;
        }
        return "";
    }

    private static boolean isFitForLog(String id) {
        if (id.isEmpty() || id.length() > MAX_REQUEST_ID_CHARS) return false;
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean isLetterOrDigit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!isLetterOrDigit && "_.:-".indexOf(c) < 0) return false;
        }
        return true;
    }
}
