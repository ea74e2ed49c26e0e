package dev.antiphon.server.rest;

import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.client.HttpAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/**
 * The answer to one request: a refusal, a whole body, or a stream that is begun, written and ended. Once it has ended, or
 * nobody waits for it any more, nothing that is written goes anywhere.
 *
 * <p>Threading: confined to the connection's event loop.
 */
public final class RestAnswer {
    private final ChannelHandlerContext ctx;
    private final Head head;
    private final Ending ending;
    private State state = State.AWAITING_ANSWER;
    private boolean isKept; // the connection, from the head of the answer on

    RestAnswer(ChannelHandlerContext ctx, Head head, Ending ending) {
        this.ctx = ctx;
        this.head = head;
        this.ending = ending;
    }

    /**
     * What of the request decides the form of its answer.
     *
     * @param mayBeChunked HTTP/1.1; before it a stream ends with the connection
     */
    record Head(String requestId, boolean isKeepAlive, boolean mayBeChunked) {}

    /** Told when the last of an answer has been handed to the socket. */
    interface Ending {
        /** Whether the connection goes on behind this answer: asked before its head is written. */
        boolean keepsConnection();

        /**
         * @param lastWrite under way
         * @param isKept whether the head of the answer says that the connection goes on
         */
        void onLastWrite(ChannelHandlerContext ctx, ChannelFuture lastWrite, boolean isKept);
    }

    private enum State {
        AWAITING_ANSWER,
        STREAMING,
        ENDED
    }

    public ByteBufAllocator allocator() {
        return ctx.alloc();
    }

    /** An error, in the shape of the OpenAI API. */
    public void refuse(Refusal refusal) {
        requireInLoop();
        if (state != State.ENDED) endWith(HttpAnswer.refusal(refusal, ctx.alloc()));
    }

    /** @param retryAfterSeconds said where the status asks the client to come back: 429 and 503 */
    public void refuse(Refusal refusal, long retryAfterSeconds) {
        requireInLoop();
        if (state != State.ENDED) endWith(HttpAnswer.refusal(refusal, retryAfterSeconds, ctx.alloc()));
    }

    /** @param body taken */
    public void whole(int status, String contentType, ByteBuf body) {
        requireInLoop();
        if (state == State.ENDED) body.release();
        else endWith(HttpAnswer.whole(HttpResponseStatus.valueOf(status), contentType, body));
    }

    /** @param response taken */
    private void endWith(FullHttpResponse response) {
        if (state == State.STREAMING) {
            response.release();
            throw new IllegalStateException("answer: begun (expected: not yet)");
        }
        addHeaders(response.headers(), true);
        state = State.ENDED;
        ending.onLastWrite(ctx, ctx.writeAndFlush(response), isKept);
    }

    /** Begins a stream of status 200. */
    public void begin(String contentType) {
        requireInLoop();
        if (state == State.ENDED) return;
        if (state == State.STREAMING) throw new IllegalStateException("answer: begun (expected: not yet)");
        state = State.STREAMING;
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        HttpHeaders headers = response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, contentType)
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        if (head.mayBeChunked()) headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        addHeaders(headers, head.mayBeChunked());
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    /** @param bytes the next of the stream, sent at once; taken */
    public void write(ByteBuf bytes) {
        requireInLoop();
        if (state != State.STREAMING || !bytes.isReadable()) {
            bytes.release();
            if (state == State.AWAITING_ANSWER) throw new IllegalStateException("answer: not begun");
            return;
        }
        ctx.writeAndFlush(new DefaultHttpContent(bytes)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    /** The stream is whole. */
    public void end() {
        requireInLoop();
        if (state == State.ENDED) return;
        if (state == State.AWAITING_ANSWER) throw new IllegalStateException("answer: not begun");
        state = State.ENDED;
        ending.onLastWrite(ctx, ctx.writeAndFlush(new DefaultLastHttpContent()), isKept);
    }

    /** The stream will never be whole: the connection ends, so that the client sees that something is missing. */
    public void breakOff() {
        requireInLoop();
        if (state == State.ENDED) return;
        state = State.ENDED;
        ctx.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    /** Whether the client takes what is written; what is written all the same waits in memory. */
    public boolean isWritable() {
        return ctx.channel().isWritable();
    }

    boolean isAwaited() {
        return state == State.AWAITING_ANSWER;
    }

    /** Whether anything that is written would go anywhere. */
    public boolean isOpen() {
        return state != State.ENDED;
    }

    /** Nobody waits any more. */
    void abandon() {
        state = State.ENDED;
    }

    private void addHeaders(HttpHeaders headers, boolean hasEnd) {
        isKept = hasEnd && head.isKeepAlive() && ending.keepsConnection();
        headers.set(RestHandler.REQUEST_ID_HEADER, head.requestId());
        headers.set(HttpHeaderNames.CONNECTION, isKept ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
    }

    private void requireInLoop() {
        assert ctx.executor().inEventLoop();
    }
}
