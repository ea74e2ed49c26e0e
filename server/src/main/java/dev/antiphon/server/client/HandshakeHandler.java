package dev.antiphon.server.client;

import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.client.Admission.Verdict;
import dev.antiphon.server.client.Admission.Welcome;
import dev.antiphon.session.ClientOutlet.CloseReason;
import io.netty.channel.Channel;
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
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP requests of a client connection: one becomes a WebSocket, those to a path of {@link HttpRoutes} are passed on
 * to be answered there, and any other is answered with an error in the shape of the OpenAI API and the connection ends.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class HandshakeHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(HandshakeHandler.class);

    /** How long a connection is kept that has been answered: the next request may come. */
    static final long KEEP_ALIVE_MILLIS = 30_000;

    /** Of requests that came before the one ahead of them was answered; beyond it nothing is read. */
    static final int MAX_HELD_BYTES = 64 * 1024;

    private static final int HEAD_BYTES = 8 * 1024; // at most, see ClientChannelInitializer

    private final Admission admission;
    private final HttpRoutes routes;
    private final long headMillis;
    private final Upgrade upgrade;

    private State state = State.AWAITING_HEAD;
    private @Nullable UpgradeRequest request; // from AWAITING_END on
    private Welcome welcome = Welcome.ANYONE; // the applicant's, from AWAITING_END on
    private @Nullable ScheduledFuture<?> headTimeout;

    private boolean isKept; // a request has been answered, and the next need not come
    private final Queue<Object> held = new ArrayDeque<>(); // ours: what came while ANSWERING
    private int heldBytes;
    private boolean isReplaying;
    private boolean isLeaving; // the gateway goes as soon as what it is answering has been answered

    HandshakeHandler(Admission admission, HttpRoutes routes, long headMillis, Upgrade upgrade) {
        this.admission = admission;
        this.routes = routes;
        this.headMillis = headMillis;
        this.upgrade = upgrade;
    }

    /** Makes the pipeline that of a WebSocket, without this handler; the answer 101 has been written by then. */
    interface Upgrade {
        void upgrade(Channel channel, UpgradeRequest request, Welcome welcome);
    }

    private enum State {
        AWAITING_HEAD,
        AWAITING_END,
        PASSING_ON,
        ANSWERING,
        UPGRADED,
        REFUSED
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        awaitHead(ctx, headMillis);
    }

    private void awaitHead(ChannelHandlerContext ctx, long millis) {
        state = State.AWAITING_HEAD;
        headTimeout = ctx.executor().schedule(() -> onHeadTimeout(ctx), millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        cancelHeadTimeout();
        for (Object next; (next = held.poll()) != null; ) ReferenceCountUtil.release(next);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state != State.ANSWERING) {
            onMessage(ctx, message);
            return;
        }
        // Reading goes on while we answer: it is how we learn that the client has gone.
        held.add(message);
        heldBytes += bytesOf(message);
        if (heldBytes > MAX_HELD_BYTES) ctx.channel().config().setAutoRead(false);
    }

    private static int bytesOf(Object message) {
        return (message instanceof HttpRequest ? HEAD_BYTES : 0)
                + (message instanceof HttpContent content ? content.content().readableBytes() : 0);
    }

    /** @param message taken */
    private void onMessage(ChannelHandlerContext ctx, Object message) {
        try {
            switch (state) {
                case AWAITING_HEAD -> {
                    if (message instanceof HttpRequest head) onHead(ctx, head);
                }
                case AWAITING_END -> {
                    if (message instanceof HttpContent content) onContent(ctx, content);
                }
                case PASSING_ON -> passOn(ctx, message);
                case ANSWERING, UPGRADED, REFUSED -> {}
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void onHead(ChannelHandlerContext ctx, HttpRequest head) {
        if (routes.hasRoute(pathOf(head))) {
            cancelHeadTimeout();
            state = State.PASSING_ON;
            passOn(ctx, head);
            return;
        }
        try {
            UpgradeRequest wanted = UpgradeRequest.of(head);
            Verdict verdict = admission.on((EventLoop) ctx.executor()).verdictOn(wanted.applicant());
            if (verdict instanceof Welcome admitted) {
                request = wanted;
                welcome = admitted;
                state = State.AWAITING_END;
            } else if (verdict instanceof Refusal refusal) {
                refuse(ctx, refusal);
            }
        } catch (UpgradeRequest.Refused refused) {
            refuse(ctx, refused.refusal());
        }
    }

    /** As it is written: nobody has to escape our paths, and what is escaped is none of them. */
    private static String pathOf(HttpRequest head) {
        int query = head.uri().indexOf('?');
        return query < 0 ? head.uri() : head.uri().substring(0, query);
    }

    private void passOn(ChannelHandlerContext ctx, Object message) {
        // First, because the answer may be written before this returns: see userEventTriggered.
        if (message instanceof LastHttpContent) state = State.ANSWERING;
        ctx.fireChannelRead(ReferenceCountUtil.retain(message));
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == HttpRoutes.Event.LAST_ANSWER) {
            state = State.REFUSED;
            cancelHeadTimeout();
        } else if (event == HttpRoutes.Event.ANSWERED) {
            onAnswered(ctx);
        } else if (event instanceof CloseReason) {
            isLeaving = true;
            if (state != State.ANSWERING) ctx.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    private void onAnswered(ChannelHandlerContext ctx) {
        if (isLeaving) {
            ctx.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            return;
        }
        isKept = true;
        awaitHead(ctx, KEEP_ALIVE_MILLIS);
        if (!isReplaying) replay(ctx);
    }

    /** What was held, until a request in it has to be waited for again. */
    private void replay(ChannelHandlerContext ctx) {
        isReplaying = true;
        try {
            while (state != State.ANSWERING && !held.isEmpty()) {
                Object next = held.remove();
                heldBytes -= bytesOf(next);
                onMessage(ctx, next);
            }
        } finally {
            isReplaying = false;
        }
        if (heldBytes <= MAX_HELD_BYTES) ctx.channel().config().setAutoRead(true);
    }

    private void onContent(ChannelHandlerContext ctx, HttpContent content) {
        if (content.content().isReadable() || content.decoderResult().isFailure() || request == null) {
            refuse(ctx, new Refusal(400, "invalid_request_error", "bad_request", "The request is malformed."));
        } else if (content instanceof LastHttpContent) {
            state = State.UPGRADED;
            ctx.writeAndFlush(switchingProtocols(request)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            upgrade.upgrade(ctx.channel(), request, welcome);
        }
    }

    private void onHeadTimeout(ChannelHandlerContext ctx) {
        if (state == State.AWAITING_HEAD && isKept) {
            state = State.REFUSED;
            ctx.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        } else if (state == State.AWAITING_HEAD || state == State.AWAITING_END) {
            refuse(ctx, new Refusal(408, "invalid_request_error", "request_timeout", "The request took too long."));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException))
            LOG.error("client={} handshake failed", ctx.channel().id(), cause);
        // Upgraded, but no session could be opened: the client already speaks WebSocket.
        if (state == State.UPGRADED && isShortage(cause)) {
            new CloseHandshake(ctx.channel()).close(WebSocketCloseStatus.TRY_AGAIN_LATER, "The gateway is overloaded.");
        } else if (state == State.UPGRADED) {
            new CloseHandshake(ctx.channel()).close(WebSocketCloseStatus.INTERNAL_SERVER_ERROR, "The gateway failed.");
        } else {
            ctx.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        }
    }

    /** No place in a queue, or no memory: of the moment, and nothing that the client did. */
    private static boolean isShortage(Throwable cause) {
        return cause instanceof RejectedExecutionException || cause instanceof OutOfMemoryError;
    }

    private static FullHttpResponse switchingProtocols(UpgradeRequest request) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        response.headers()
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, request.acceptKey());
        if (request.subprotocol() != null) {
            response.headers().set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, request.subprotocol());
        }
        return response;
    }

    private void refuse(ChannelHandlerContext ctx, Refusal refusal) {
        state = State.REFUSED;
        cancelHeadTimeout();
        FullHttpResponse response = HttpAnswer.refusal(refusal, ctx.alloc());
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (refusal.httpStatus() == HttpResponseStatus.METHOD_NOT_ALLOWED.code()) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET");
        }
        if (refusal.httpStatus() == HttpResponseStatus.UPGRADE_REQUIRED.code()) {
            response.headers()
                    .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                    .set(HttpHeaderNames.CONNECTION, "Upgrade, close")
                    .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "13");
        }
        Farewell.after(ctx.channel(), ctx.writeAndFlush(response));
    }

    private void cancelHeadTimeout() {
        if (headTimeout != null) headTimeout.cancel(false);
        headTimeout = null;
    }
}
