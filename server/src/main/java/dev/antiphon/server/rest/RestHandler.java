package dev.antiphon.server.rest;

import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.client.HttpAnswer;
import dev.antiphon.server.client.HttpRoutes;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.SessionIds;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The REST requests of one connection, one after the other: head checked and admitted, body handed on as it comes, answer
 * written as it is made. A fault that shows before the body has come ends the connection, because nobody wants to read
 * the rest; any other is answered and the connection goes on.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class RestHandler extends ChannelInboundHandlerAdapter implements RestAnswer.Ending {
    private static final Logger LOG = LoggerFactory.getLogger(RestHandler.class);

    static final String REQUEST_ID_HEADER = "x-request-id";

    private static final String INVALID_REQUEST = "invalid_request_error";

    private final RestRoutes routes;
    private final SessionIds ids;

    private State state = State.AWAITING_HEAD;
    private @Nullable Exchange exchange; // null: no answer is awaited
    private @Nullable ScheduledFuture<?> bodyTimeout;
    private @Nullable ScheduledFuture<?> stallTimeout; // set: the client leaves unread what was written

    RestHandler(RestRoutes routes, SessionIds ids) {
        this.routes = routes;
        this.ids = ids;
    }

    private enum State {
        AWAITING_HEAD,
        AWAITING_BODY,
        AWAITING_ANSWER,
        /** The answer has been made and not all of it taken. */
        AWAITING_CLIENT,
        ENDED
    }

    /** A request and its answer under way. */
    private static final class Exchange {
        private final Route route;
        private final RestRequest request;
        private final RestAnswer answer;
        private @Nullable BodySink sink; // null: it has not been opened
        private long bodyBytes;

        Exchange(Route route, RestRequest request, RestAnswer answer) {
            this.route = route;
            this.request = request;
            this.answer = answer;
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
                    if (message instanceof HttpContent content) onContent(content);
                }
                case AWAITING_ANSWER, AWAITING_CLIENT, ENDED -> {}
            }
        } catch (Refused e) {
            end(ctx, e.refusal());
        } catch (ClientFault fault) {
            onClientFault(ctx, fault);
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void onHead(ChannelHandlerContext ctx, HttpRequest head) throws Refused {
        EventLoop loop = (EventLoop) ctx.executor();
        RestRoutes.Admitted admitted = routes.admit(head, loop);
        String id = ids.next("req_");
        RestRequest request = admitted.request(id, loop);
        boolean mayBeChunked = head.protocolVersion().compareTo(HttpVersion.HTTP_1_1) >= 0;
        RestAnswer answer =
                new RestAnswer(ctx, new RestAnswer.Head(id, HttpUtil.isKeepAlive(head), mayBeChunked), this);
        Exchange opened = new Exchange(admitted.route(), request, answer);
        exchange = opened;
        state = State.AWAITING_BODY;
        opened.sink = opened.route.opener().open(request, answer);
        if (state != State.AWAITING_BODY) return;
        bodyTimeout =
                ctx.executor().schedule(() -> onBodyTimeout(ctx), opened.route.bodyMillis(), TimeUnit.MILLISECONDS);
        if (HttpUtil.is100ContinueExpected(head)) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER))
                    .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }

    private void onContent(HttpContent content) throws Refused {
        Exchange current = exchange;
        if (current == null || current.sink == null) return;
        if (content.decoderResult().isFailure()) throw new Refused(400, "bad_request", "The body is malformed.");
        current.bodyBytes += content.content().readableBytes();
        if (current.bodyBytes > current.route.maxBodyBytes()) throw RestRoutes.tooLarge(current.route);
        if (content.content().isReadable()) current.sink.onBody(content.content());
        if (!(content instanceof LastHttpContent) || state != State.AWAITING_BODY) return;
        cancelBodyTimeout();
        state = State.AWAITING_ANSWER;
        current.sink.onEnd();
    }

    private void onClientFault(ChannelHandlerContext ctx, ClientFault fault) {
        Refusal refusal = new Refusal(400, INVALID_REQUEST, fault.code(), fault.sentence(), fault.param());
        Exchange current = exchange;
        if (state != State.AWAITING_ANSWER || current == null || !current.answer.isAwaited()) {
            end(ctx, refusal);
            return;
        }
        if (current.sink != null) current.sink.onAbandoned();
        current.answer.refuse(refusal);
    }

    private void onBodyTimeout(ChannelHandlerContext ctx) {
        end(ctx, new Refusal(408, INVALID_REQUEST, "request_timeout", "The request took too long."));
    }

    @Override
    public boolean keepsConnection() {
        return state == State.AWAITING_ANSWER;
    }

    @Override
    public void onLastWrite(ChannelHandlerContext ctx, ChannelFuture lastWrite, boolean isKept) {
        forgetExchange();
        if (!isKept) {
            state = State.ENDED;
            HttpAnswer.endAfter(ctx, lastWrite);
            return;
        }
        state = State.AWAITING_CLIENT;
        // Not before the client has taken it: what waits for it in memory is one answer at most.
        lastWrite.addListener(written -> {
            if (written.isSuccess()) onTaken(ctx);
            else ctx.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        });
    }

    private void onTaken(ChannelHandlerContext ctx) {
        if (state != State.AWAITING_CLIENT) return;
        state = State.AWAITING_HEAD;
        ctx.pipeline().fireUserEventTriggered(HttpRoutes.Event.ANSWERED);
    }

    /** Ends the connection, with a last word unless an answer has begun. */
    private void end(ChannelHandlerContext ctx, Refusal refusal) {
        Exchange current = exchange;
        String requestId = current == null ? ids.next("req_") : current.request.id();
        boolean mayAnswer = current == null || current.answer.isAwaited();
        abandon();
        state = State.ENDED;
        if (!mayAnswer) {
            ctx.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            return;
        }
        FullHttpResponse response = HttpAnswer.refusal(refusal, ctx.alloc());
        response.headers().set(REQUEST_ID_HEADER, requestId).set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        HttpAnswer.writeLast(ctx, response);
    }

    private void abandon() {
        Exchange current = exchange;
        forgetExchange();
        if (current == null || !current.answer.isOpen()) return;
        current.answer.abandon();
        if (current.sink != null) current.sink.onAbandoned();
    }

    private void forgetExchange() {
        cancelBodyTimeout();
        if (exchange != null) routes.underWay().end(exchange.request.client());
        exchange = null;
    }

    private void cancelBodyTimeout() {
        if (bodyTimeout != null) bodyTimeout.cancel(false);
        bodyTimeout = null;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!ctx.channel().isWritable()) {
            awaitProgress(ctx);
        } else {
            cancelStallTimeout();
            Exchange current = exchange;
            if (current != null && current.sink != null && current.answer.isOpen()) current.sink.onWritable();
        }
        ctx.fireChannelWritabilityChanged();
    }

    private void awaitProgress(ChannelHandlerContext ctx) {
        long untakenBytes = ctx.channel().bytesBeforeWritable();
        stallTimeout = ctx.executor()
                .schedule(
                        () -> {
                            if (ctx.channel().bytesBeforeWritable() < untakenBytes) awaitProgress(ctx);
                            else ctx.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
                        },
                        routes.limits().stalledMillis(),
                        TimeUnit.MILLISECONDS);
    }

    private void cancelStallTimeout() {
        if (stallTimeout != null) stallTimeout.cancel(false);
        stallTimeout = null;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        abandon();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        abandon();
        cancelStallTimeout();
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
