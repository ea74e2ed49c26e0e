package dev.antiphon.bench.micro.peers;

import com.openai.core.RequestOptions;
import com.openai.core.http.Headers;
import com.openai.core.http.HttpClient;
import com.openai.core.http.HttpRequest;
import com.openai.core.http.HttpResponse;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;

/**
 * Answers every request of openai-java with the same event stream, from memory: what is left is the parser.
 *
 * <p>Threading: thread-safe.
 */
final class CannedHttp implements HttpClient {
    private final Headers headers =
            Headers.builder().put("Content-Type", "text/event-stream").build();
    private final byte[] body;

    CannedHttp(byte[] body) {
        this.body = body;
    }

    @Override
    public HttpResponse execute(HttpRequest request, RequestOptions options) {
        return new Answer();
    }

    @Override
    public CompletableFuture<HttpResponse> executeAsync(HttpRequest request, RequestOptions options) {
        return CompletableFuture.completedFuture(new Answer());
    }

    @Override
    public void close() {}

    private final class Answer implements HttpResponse {
        @Override
        public int statusCode() {
            return 200;
        }

        @Override
        public Headers headers() {
            return headers;
        }

        @Override
        public InputStream body() {
            return new ByteArrayInputStream(body);
        }

        @Override
        public void close() {}
    }
}
