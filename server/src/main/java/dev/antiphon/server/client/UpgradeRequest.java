package dev.antiphon.server.client;

import dev.antiphon.pcm.PcmDraft;
import dev.antiphon.realtime.Dialect;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.session.ClientFault;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request head that may become a WebSocket of the Realtime protocol or of {@code pcm.v1} (RFC 6455 §4.2.1).
 *
 * <p>Threading: immutable.
 *
 * @param model {@code model} of the query; empty: none
 * @param isTranscription {@code intent=transcription} of the query
 * @param dialect what the client says it speaks, or {@link Dialect#GA} where it says nothing
 * @param acceptKey {@code Sec-WebSocket-Accept} of the answer
 * @param subprotocol the one that was chosen; null: none was offered, or none that we speak
 * @param pcmQuery the query of a client of the plain protocol, legal; null: a client of the Realtime protocol
 */
record UpgradeRequest(
        Admission.Applicant applicant,
        String model,
        boolean isTranscription,
        Dialect dialect,
        String acceptKey,
        @Nullable String subprotocol,
        @Nullable Map<String, String> pcmQuery) {
    static final String SUBPROTOCOL = "realtime";

    /** What a browser offers, which cannot set the header, to be spoken to in the beta. */
    static final String BETA_SUBPROTOCOL = "openai-beta.realtime-v1";

    /** Azure's preview: the beta, where the query has an {@code api-version}. */
    private static final String AZURE_PREVIEW_PATH = "/openai/realtime";

    private static final Set<String> PATHS =
            Set.of("/v1/realtime", "/realtime", "/openai/v1/realtime", AZURE_PREVIEW_PATH);
    private static final String PCM_PATH = "/v1/pcm";
    private static final String BETA_HEADER = "OpenAI-Beta";
    private static final String BETA_FEATURE = "realtime=v1";
    // A browser cannot set headers, so its key comes as a subprotocol; that one is never echoed.
    private static final String KEY_SUBPROTOCOL_PREFIX = "openai-insecure-api-key.";
    private static final String PCM_KEY_SUBPROTOCOL_PREFIX = "bearer.";
    private static final String API_KEY = "api-key";
    private static final String TRANSCRIPTION_INTENT = "transcription";
    private static final String WEBSOCKET_VERSION = "13";
    private static final int WEBSOCKET_KEY_BYTES = 16;
    // RFC 6455 §1.3
    private static final String WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /** @throws Refused if it is no such request */
    static UpgradeRequest of(HttpRequest request) throws Refused {
        if (request.decoderResult().isFailure())
            throw malformed(request.decoderResult().cause());
        HttpHeaders headers = request.headers();
        if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) throw badRequest("HTTP/1.1 is needed.");
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() != 1) throw badRequest("One Host header is needed.");
        QueryStringDecoder uri = decode(request.uri());
        boolean isPcm = uri.path().equals(PCM_PATH);
        if (!isPcm && !PATHS.contains(uri.path())) throw refused(404, "not_found", "There is nothing at this path.");
        if (!request.method().equals(HttpMethod.GET)) throw refused(405, "method_not_allowed", "Use GET.");
        if (HttpUtil.isTransferEncodingChunked(request) || headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            throw badRequest("A request to upgrade has no body.");
        }
        if (HttpUtil.getContentLength(request, 0L) != 0) throw badRequest("A request to upgrade has no body.");
        if (!headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                || !headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
            throw refused(426, "upgrade_required", "This is a WebSocket: ask for an upgrade.");
        }
        if (!headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_VERSION).equals(List.of(WEBSOCKET_VERSION))) {
            throw refused(426, "upgrade_required", "WebSocket version 13 is needed.");
        }
        String acceptKey = acceptKey(headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY));
        boolean isAzurePreview = uri.path().equals(AZURE_PREVIEW_PATH);
        checkParameters(uri, isAzurePreview);
        List<String> offered = tokens(headers, HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
        String apiKey = apiKeyOf(headers, offered, isPcm ? PCM_KEY_SUBPROTOCOL_PREFIX : KEY_SUBPROTOCOL_PREFIX);
        if (apiKey == null && isAzurePreview) apiKey = parameter(uri, API_KEY);
        return new UpgradeRequest(
                new Admission.Applicant(uri.path(), headers.get(HttpHeaderNames.ORIGIN), hosts.get(0), apiKey),
                modelIn(uri, isAzurePreview),
                TRANSCRIPTION_INTENT.equals(parameter(uri, "intent")),
                dialectOf(headers, offered, uri, isAzurePreview),
                acceptKey,
                isPcm ? pcmSubprotocolOf(offered) : subprotocolOf(offered),
                isPcm ? pcmQueryOf(uri) : null);
    }

    Opening opening(Admission.Welcome welcome) {
        return new Opening(welcome.client(), model, welcome.bound(), isTranscription);
    }

    ClientWire newWire(SessionHost host, Admission.Welcome welcome) {
        return pcmQuery == null
                ? new RealtimeWire(host, opening(welcome), dialect)
                : new PcmWire(host, opening(welcome), pcmQuery);
    }

    /** Of a message, whole. */
    int maxMessageBytes(ClientLimits limits) {
        return pcmQuery == null
                ? limits.maxMessageBytes()
                : Math.min(PcmWire.MAX_MESSAGE_BYTES, limits.maxMessageBytes());
    }

    /** Azure names a deployment, which is a model under a name of its own. */
    private static String modelIn(QueryStringDecoder uri, boolean isAzurePreview) {
        String deployment = isAzurePreview ? parameter(uri, "deployment") : null;
        String model = deployment == null ? parameter(uri, "model") : deployment;
        return model == null ? "" : model;
    }

    private static Dialect dialectOf(
            HttpHeaders headers, List<String> offered, QueryStringDecoder uri, boolean isAzurePreview) {
        boolean isBeta = tokens(headers, BETA_HEADER).contains(BETA_FEATURE)
                || offered.contains(BETA_SUBPROTOCOL)
                || (isAzurePreview && parameter(uri, "api-version") != null);
        return isBeta ? Dialect.BETA : Dialect.GA;
    }

    private static @Nullable String subprotocolOf(List<String> offered) {
        if (offered.contains(SUBPROTOCOL)) return SUBPROTOCOL;
        return offered.contains(BETA_SUBPROTOCOL) ? BETA_SUBPROTOCOL : null;
    }

    private static @Nullable String pcmSubprotocolOf(List<String> offered) {
        return offered.contains(PcmWire.SUBPROTOCOL) ? PcmWire.SUBPROTOCOL : null;
    }

    /** Refused here, a wrong parameter is told with an HTTP status, before there is a session to close. */
    private static Map<String, String> pcmQueryOf(QueryStringDecoder uri) throws Refused {
        Map<String, String> query = new HashMap<>();
        uri.parameters().forEach((name, values) -> query.put(name, values.get(0)));
        try {
            PcmDraft.of(query);
            return Map.copyOf(query);
        } catch (ClientFault fault) {
            throw new Refused(
                    new Refusal(400, "invalid_request_error", "invalid_value", fault.sentence(), fault.param()));
        }
    }

    private static @Nullable String parameter(QueryStringDecoder uri, String name) {
        List<String> values = uri.parameters().get(name);
        return values == null ? null : values.get(0);
    }

    private static Refused malformed(@Nullable Throwable cause) {
        if (cause instanceof TooLongHttpLineException) return refused(414, "uri_too_long", "The URI is too long.");
        if (cause instanceof TooLongHttpHeaderException) {
            return refused(431, "headers_too_large", "The headers are too large.");
        }
        return badRequest("The request is malformed.");
    }

    private static QueryStringDecoder decode(String uri) throws Refused {
        QueryStringDecoder decoder = new QueryStringDecoder(uri);
        try {
            decoder.path();
            decoder.parameters();
            return decoder;
        } catch (IllegalArgumentException e) {
            throw badRequest("The URI is malformed.");
        }
    }

    /**
     * A key in a URI ends up in logs and histories, so it is not taken from there; but Azure's preview gives browsers no
     * other place for it.
     */
    private static void checkParameters(QueryStringDecoder uri, boolean isAzurePreview) throws Refused {
        for (String name : uri.parameters().keySet()) {
            if (isAzurePreview && name.equals(API_KEY)) continue;
            if (PresentedKey.isOne(name)) {
                throw badRequest("A key does not belong in a URI: use a header or a subprotocol.");
            }
        }
    }

    /** The elements of a header that is a list (RFC 9110 §5.6.1). */
    private static List<String> tokens(HttpHeaders headers, CharSequence header) {
        List<String> tokens = new ArrayList<>();
        for (String line : headers.getAll(header)) {
            for (String token : line.split(",", -1)) tokens.add(token.strip());
        }
        return tokens;
    }

    private static @Nullable String apiKeyOf(HttpHeaders headers, List<String> offered, String prefix) {
        String inHeaders = PresentedKey.of(headers);
        if (inHeaders != null) return inHeaders;
        for (String name : offered) {
            if (name.startsWith(prefix)) return name.substring(prefix.length());
        }
        return null;
    }

    private static String acceptKey(List<String> keys) throws Refused {
        String key = keys.size() == 1 ? keys.get(0).strip() : "";
        if (bytesIn(key) != WEBSOCKET_KEY_BYTES) throw badRequest("Sec-WebSocket-Key: 16 bytes in base64 are needed.");
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder()
                    .encodeToString(sha1.digest((key + WEBSOCKET_GUID).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    private static int bytesIn(String base64) {
        try {
            return Base64.getDecoder().decode(base64).length;
        } catch (IllegalArgumentException e) {
            return -1;
        }
    }

    private static Refused badRequest(String message) {
        return refused(400, "bad_request", message);
    }

    private static Refused refused(int httpStatus, String code, String message) {
        return new Refused(new Refusal(httpStatus, "invalid_request_error", code, message));
    }

    /** Carries a refusal out of the checks. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Refusal refusal;

        Refused(Refusal refusal) {
            super(refusal.message(), null, false, false);
            this.refusal = refusal;
        }

        Refusal refusal() {
            return refusal;
        }
    }
}
