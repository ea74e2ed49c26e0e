package dev.antiphon.server.rest;

import dev.antiphon.server.client.Admission;
import dev.antiphon.server.client.Admission.Applicant;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.client.Admission.Verdict;
import dev.antiphon.server.client.Admission.Welcome;
import dev.antiphon.server.client.HttpRoutes;
import dev.antiphon.server.client.PresentedKey;
import dev.antiphon.session.SessionIds;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The table of paths that are answered over plain HTTP, and who may ask there for what.
 *
 * <p>Threading: thread-safe.
 */
public final class RestRoutes implements HttpRoutes {
    /** As those of the socket: clients append what they know to whichever base URL they were given. */
    private static final List<String> BASES = List.of("/v1", "", "/openai/v1");

    private static final Refusal EPHEMERAL_KEY = new Refusal(
            403,
            "invalid_request_error",
            "ephemeral_key_not_allowed",
            "An ephemeral key opens sessions and nothing else: use the key it was made with.");

    private final Admission admission;
    private final RestLimits limits;
    private final RequestsUnderWay underWay;
    private final Map<String, Route> routes = new HashMap<>();

    /**
     * @param admission asked for each request; an ephemeral key is refused whatever it says
     * @param tables of routes by their path below a base URL, such as {@code /chat/completions}; a path that ends in a
     *     slash stands for everything below it
     */
    public RestRoutes(Admission admission, RestLimits limits, List<Map<String, Route>> tables) {
        this.admission = admission;
        this.limits = limits;
        underWay = new RequestsUnderWay(limits.maxRequestsPerKey());
        for (Map<String, Route> table : tables) table.forEach(this::add);
    }

    private void add(String path, Route route) {
        for (String base : BASES) {
            if (routes.put(base + path, route) != null) throw new IllegalArgumentException("path: twice " + path);
        }
    }

    @Override
    public boolean hasRoute(String path) {
        return routeAt(path) != null;
    }

    private @Nullable Route routeAt(String path) {
        Route exact = path.endsWith("/") ? null : routes.get(path);
        if (exact != null) return exact;
        for (int slash = path.lastIndexOf('/', path.length() - 2);
                slash >= 0;
                slash = path.lastIndexOf('/', slash - 1)) {
            Route above = routes.get(path.substring(0, slash + 1));
            if (above != null) return above;
        }
        return null;
    }

    @Override
    public ChannelHandler newHandler() {
        return new RestHandler(
                this, SessionIds.random(ThreadLocalRandom.current().nextLong()));
    }

    RestLimits limits() {
        return limits;
    }

    RequestsUnderWay underWay() {
        return underWay;
    }

    /** A request that is counted as under way, until its handler ends it. */
    record Admitted(Route route, String client, QueryStringDecoder uri, RestRequest.Media media) {
        RestRequest request(String id, EventLoop loop) {
            return new RestRequest(id, client, uri.rawPath(), uri.parameters(), media, loop);
        }
    }

    Admitted admit(HttpRequest head, EventLoop loop) throws Refused {
        HttpHeaders headers = head.headers();
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() != 1) throw new Refused(400, "bad_request", "One Host header is needed.");
        QueryStringDecoder uri = new QueryStringDecoder(head.uri());
        if (hasKey(uri)) throw new Refused(400, "bad_request", "A key does not belong in a URI: use a header.");
        Route route = routeAt(uri.rawPath());
        if (route == null) throw new Refused(404, "not_found", "There is nothing at this path.");
        Applicant applicant = new Applicant(
                uri.rawPath(), headers.get(HttpHeaderNames.ORIGIN), hosts.get(0), PresentedKey.of(headers));
        String client = clientOf(applicant, loop);
        if (!head.method().equals(route.method())) {
            throw new Refused(405, "method_not_allowed", "Use " + route.method() + ".");
        }
        checkBody(head, route);
        if (!underWay.tryBegin(client)) throw new Refused(tooMany());
        return new Admitted(
                route,
                client,
                uri,
                new RestRequest.Media(
                        headers.get(HttpHeaderNames.CONTENT_TYPE, ""), headers.get(HttpHeaderNames.ACCEPT, "")));
    }

    private static boolean hasKey(QueryStringDecoder uri) throws Refused {
        try {
            return uri.parameters().keySet().stream().anyMatch(PresentedKey::isOne);
        } catch (IllegalArgumentException e) {
            throw new Refused(400, "bad_request", "The URI is malformed.");
        }
    }

    private String clientOf(Applicant applicant, EventLoop loop) throws Refused {
        Verdict verdict = admission.on(loop).verdictOn(applicant);
        if (verdict instanceof Refusal refusal) throw new Refused(refusal);
        Welcome welcome = (Welcome) verdict;
        if (welcome.bound() != null) throw new Refused(EPHEMERAL_KEY);
        return welcome.client();
    }

    private static void checkBody(HttpRequest head, Route route) throws Refused {
        long announcedBytes = HttpUtil.getContentLength(head, 0L);
        if (announcedBytes > route.maxBodyBytes()) throw tooLarge(route);
        boolean hasBody = announcedBytes > 0 || HttpUtil.isTransferEncodingChunked(head);
        String mimeType = route.mimeType();
        if (!hasBody || mimeType == null) return;
        CharSequence type = HttpUtil.getMimeType(head);
        if (type == null || !mimeType.equalsIgnoreCase(type.toString().strip())) {
            throw new Refused(415, "unsupported_media_type", "Content-Type: " + mimeType + " is needed.");
        }
    }

    static Refused tooLarge(Route route) {
        return new Refused(
                413, "body_too_large", "The body is too large (expected: at most " + route.maxBodyBytes() + " bytes).");
    }

    private Refusal tooMany() {
        return new Refusal(
                429,
                "rate_limit_error",
                "too_many_requests",
                "Too many requests of this key are under way (expected: at most " + limits.maxRequestsPerKey() + ").");
    }
}
