package dev.antiphon.server.rest;

import dev.antiphon.server.client.Admission;
import dev.antiphon.server.client.Admission.Applicant;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.client.Admission.Verdict;
import dev.antiphon.server.client.Admission.Welcome;
import dev.antiphon.server.client.HttpAnswer;
import dev.antiphon.server.client.PresentedKey;
import dev.antiphon.session.ClientFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The REST requests of one connection, one after the other: head checked and admitted, body collected, answered. A fault
 * that shows before the body has come ends the connection, because nobody wants to read the rest; any other is answered
 * and the connection goes on.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class RestHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(RestHandler.class);

    static final int MAX_BODY_BYTES = 64 * 1024;
    /** From the head to the last byte of the body. */
    static final long BODY_MILLIS = 10_000;

    private static final String INVALID_REQUEST = "invalid_request_error";
    private static final Refusal EPHEMERAL_KEY = new Refusal(
            403,
            INVALID_REQUEST,
            "ephemeral_key_not_allowed",
            "An ephemeral key opens sessions and nothing else: use the key it was made with.");

    private final Admission admission;
    private final Map<String, Route> routes;

    private State state = State.AWAITING_HEAD;
    private @Nullable Request request; // in AWAITING_BODY
    private ByteBuf body = Unpooled.EMPTY_BUFFER; // of the request
    private @Nullable ScheduledFuture<?> bodyTimeout;

    /** @param routes by path */
    RestHandler(Admission admission, Map<String, Route> routes) {
        this.admission = admission;
        this.routes = routes;
    }

    private enum State {
        AWAITING_HEAD,
        AWAITING_BODY,
        ENDED
    }

    private record Request(Route route, String client, boolean isKeepAlive) {}

    /** Carries a refusal out of the checks. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Refusal refusal;

        Refused(int httpStatus, String code, String message) {
            this(new Refusal(httpStatus, INVALID_REQUEST, code, message));
        }

        Refused(Refusal refusal) {
            super(refusal.message(), null, false, false);
            this.refusal = refusal;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            switch (state) {
                case AWAITING_HEAD -> {
                    if (message instanceof HttpRequest head) onHead(ctx, head);
                }
                case AWAITING_BODY -> {
                    if (message instanceof HttpContent content) onContent(ctx, content);
                }
                case ENDED -> {}
            }
        } catch (Refused e) {
            end(ctx, e.refusal);
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void onHead(ChannelHandlerContext ctx, HttpRequest head) throws Refused {
        request = admitted(head);
        body = ctx.alloc().buffer();
        state = State.AWAITING_BODY;
        bodyTimeout = ctx.executor().schedule(() -> onBodyTimeout(ctx), BODY_MILLIS, TimeUnit.MILLISECONDS);
        if (HttpUtil.is100ContinueExpected(head)) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER))
                    .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }

    private Request admitted(HttpRequest head) throws Refused {
        HttpHeaders headers = head.headers();
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() != 1) throw new Refused(400, "bad_request", "One Host header is needed.");
        QueryStringDecoder uri = new QueryStringDecoder(head.uri());
        if (hasKey(uri)) throw new Refused(400, "bad_request", "A key does not belong in a URI: use a header.");
        Route route = routes.get(uri.rawPath());
        if (route == null) throw new Refused(404, "not_found", "There is nothing at this path.");
        String client = clientOf(new Applicant(
                uri.rawPath(), headers.get(HttpHeaderNames.ORIGIN), hosts.get(0), PresentedKey.of(headers)));
        if (!head.method().equals(HttpMethod.POST)) throw new Refused(405, "method_not_allowed", "Use POST.");
        checkBody(head);
        return new Request(route, client, HttpUtil.isKeepAlive(head));
    }

    private static boolean hasKey(QueryStringDecoder uri) throws Refused {
        try {
            return uri.parameters().keySet().stream().anyMatch(PresentedKey::isOne);
        } catch (IllegalArgumentException e) {
            throw new Refused(400, "bad_request", "The URI is malformed.");
        }
    }

    private String clientOf(Applicant applicant) throws Refused {
        Verdict verdict = admission.verdictOn(applicant);
        if (verdict instanceof Refusal refusal) throw new Refused(refusal);
        Welcome welcome = (Welcome) verdict;
        if (welcome.bound() != null) throw new Refused(EPHEMERAL_KEY);
        return welcome.client();
    }

    private static void checkBody(HttpRequest head) throws Refused {
        long announcedBytes = HttpUtil.getContentLength(head, 0L);
        if (announcedBytes > MAX_BODY_BYTES) throw tooLarge();
        boolean hasBody = announcedBytes > 0 || HttpUtil.isTransferEncodingChunked(head);
        CharSequence type = HttpUtil.getMimeType(head);
        if (hasBody && (type == null || !HttpHeaderValues.APPLICATION_JSON.contentEqualsIgnoreCase(type))) {
            throw new Refused(415, "unsupported_media_type", "Content-Type: application/json is needed.");
        }
    }

    private static Refused tooLarge() {
        return new Refused(
                413, "body_too_large", "The body is too large (expected: at most " + MAX_BODY_BYTES + " bytes).");
    }

    private void onContent(ChannelHandlerContext ctx, HttpContent content) throws Refused {
        if (content.decoderResult().isFailure()) throw new Refused(400, "bad_request", "The body is malformed.");
        if (body.readableBytes() + content.content().readableBytes() > MAX_BODY_BYTES) throw tooLarge();
        body.writeBytes(content.content());
        if (content instanceof LastHttpContent && request != null) answer(ctx, request);
    }

    private void answer(ChannelHandlerContext ctx, Request answered) {
        ByteBuf json = ctx.alloc().buffer();
        Refusal refusal;
        try {
            refusal = answered.route().answer(answered.client(), body, json);
        } catch (ClientFault fault) {
            refusal = new Refusal(400, INVALID_REQUEST, fault.code(), fault.sentence(), fault.param());
        } catch (RuntimeException | Error e) {
            json.release();
            throw e;
        }
        forgetRequest();
        if (refusal == null) {
            write(ctx, HttpAnswer.json(HttpResponseStatus.OK, json), answered.isKeepAlive());
        } else {
            json.release();
            write(ctx, HttpAnswer.refusal(refusal, ctx.alloc()), answered.isKeepAlive());
        }
    }

    private void write(ChannelHandlerContext ctx, FullHttpResponse response, boolean isKeepAlive) {
        if (isKeepAlive) {
            state = State.AWAITING_HEAD;
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
            ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        } else {
            writeLast(ctx, response);
        }
    }

    private void onBodyTimeout(ChannelHandlerContext ctx) {
        end(ctx, new Refusal(408, INVALID_REQUEST, "request_timeout", "The request took too long."));
    }

    private void end(ChannelHandlerContext ctx, Refusal refusal) {
        forgetRequest();
        FullHttpResponse response = HttpAnswer.refusal(refusal, ctx.alloc());
        if (refusal.httpStatus() == HttpResponseStatus.METHOD_NOT_ALLOWED.code()) {
            response.headers().set(HttpHeaderNames.ALLOW, "POST");
        }
        writeLast(ctx, response);
    }

    private void writeLast(ChannelHandlerContext ctx, FullHttpResponse response) {
        state = State.ENDED;
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        HttpAnswer.writeLast(ctx, response);
    }

    private void forgetRequest() {
        request = null;
        body.release();
        body = Unpooled.EMPTY_BUFFER;
        if (bodyTimeout != null) bodyTimeout.cancel(false);
        bodyTimeout = null;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        forgetRequest();
    }

    /** Where every fault of a request ends. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException || state == State.ENDED) {
            ctx.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            return;
        }
        LOG.error("client={} request failed", ctx.channel().id(), cause);
        end(ctx, new Refusal(500, "server_error", "internal_error", "The gateway failed."));
    }
}
