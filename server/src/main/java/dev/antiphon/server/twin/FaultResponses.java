package dev.antiphon.server.twin;

import dev.antiphon.server.twin.wire.Ids;
import dev.antiphon.server.twin.wire.Refusal;
import dev.antiphon.server.twin.wire.ServerRefusals;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/**
 * Whole responses that stand in for an answer.
 *
 * <p>Threading: confined to the channel's event loop.
 */
final class FaultResponses {
    private static final String METADATA = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";
    private static final String PAGE = "<html><body><h1>It works!</h1></body></html>";
    private static final String PROXY_PAGE =
            "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad"
                    + " Gateway</h1></center><hr><center>nginx/1.25.3</center></body></html>";
    private static final String NOT_AN_ANSWER = "{\"status\":\"ok\",\"node\":\"http://10.0.0.7:8080/internal\"}";
    private static final String OVERLOADED =
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}";
    private static final String HTML = "text/html";
    private static final int MEBIBYTE = 1 << 20;
    private static final int SECONDS_AHEAD = 2;

    private final ByteBufAllocator allocator;
    private final Ids ids;
    private final long millis;

    /** @param millis from the request to now */
    FaultResponses(ByteBufAllocator allocator, Ids ids, long millis) {
        this.allocator = allocator;
        this.ids = ids;
        this.millis = millis;
    }

    /**
     * @param key the request's own; empty: it had none
     * @return given
     */
    FullHttpResponse of(TwinFault fault, String key, Clock clock) {
        return switch (fault) {
            case RATE_LIMIT -> refused(ServerRefusals.rateLimit(TwinModel.NAME));
            case RATE_LIMIT_DATE -> retryAfter(date(clock), refused(ServerRefusals.rateLimit(TwinModel.NAME)));
            case RATE_LIMIT_FOREVER -> retryAfter("86400", refused(ServerRefusals.rateLimit(TwinModel.NAME)));
            case QUOTA -> {
                FullHttpResponse response = refused(ServerRefusals.noQuota());
                response.headers().remove(HttpHeaderNames.RETRY_AFTER);
                yield response;
            }
            case SERVER_ERROR -> refused(ServerRefusals.serverError());
            case BAD_GATEWAY -> whole(502, HTML, PROXY_PAGE);
            case UNAVAILABLE -> retryAfter("1", refused(ServerRefusals.overloaded()));
            case OVERLOADED -> whole(529, ResponseHeads.JSON, OVERLOADED);
            case UNAUTHORIZED -> refused(ServerRefusals.wrongKey("not-a-real-key"));
            case UNAUTHORIZED_ECHO -> refused(ServerRefusals.wrongKeyEchoed(key));
            case FORBIDDEN -> refused(ServerRefusals.unsupportedCountry());
            case REDIRECT -> {
                FullHttpResponse response = whole(307, HTML, "<html><body>Moved to " + METADATA + "</body></html>");
                response.headers().set(HttpHeaderNames.LOCATION, METADATA);
                yield response;
            }
            case JSON_200 -> whole(200, ResponseHeads.JSON, NOT_AN_ANSWER);
            case HTML_200 -> whole(200, HTML, PAGE);
            case GZIP_BOMB -> {
                FullHttpResponse response = whole(200, "text/event-stream", Unpooled.wrappedBuffer(Bomb.GZIP));
                response.headers().set(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP);
                yield response;
            }
            default -> throw new IllegalStateException("fault: " + fault + " (expected: a whole response)");
        };
    }

    private FullHttpResponse refused(Refusal refusal) {
        return ResponseHeads.refusal(refusal, allocator.buffer(), ids, millis);
    }

    private FullHttpResponse whole(int status, String contentType, String body) {
        return whole(status, contentType, ByteBufUtil.writeUtf8(allocator, body));
    }

    /** @param body taken */
    private FullHttpResponse whole(int status, String contentType, ByteBuf body) {
        return ResponseHeads.whole(HttpResponseStatus.valueOf(status), contentType, body, ids, millis);
    }

    private static FullHttpResponse retryAfter(String value, FullHttpResponse response) {
        response.headers().set(HttpHeaderNames.RETRY_AFTER, value);
        return response;
    }

    /** RFC 9110 §5.6.7: whole seconds, so it is one to two of them ahead. */
    private static String date(Clock clock) {
        ZonedDateTime then = clock.instant().atZone(ZoneOffset.UTC).plusSeconds(SECONDS_AHEAD);
        return DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
                .format(then);
    }

    /** Made when it is first needed. */
    private static final class Bomb {
        private static final byte[] GZIP = make();

        /** RFC 1952 §2.2: a file is members, one after the other, and they may all be the same. */
        private static byte[] make() {
            ByteArrayOutputStream member = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(member)) {
                gzip.write(new byte[MEBIBYTE]);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            ByteArrayOutputStream bomb = new ByteArrayOutputStream(MEBIBYTE);
            while (bomb.size() < MEBIBYTE) bomb.writeBytes(member.toByteArray());
            return bomb.toByteArray();
        }
    }
}
