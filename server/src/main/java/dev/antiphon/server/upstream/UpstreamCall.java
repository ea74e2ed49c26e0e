package dev.antiphon.server.upstream;

import dev.antiphon.metrics.Stage;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ResponseDecoder;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request to a model and its response on their way: from the wait for a connection to the end of the HTTP message.
 *
 * <pre>
 *   CONNECTING ──▶ AWAITING_HEAD ──▶ READING_REPLY ──▶ AWAITING_MESSAGE_END ──▶ AWAITING_READ_END ──▶ ENDED
 *        ▲               │                                                                             ▲
 *        └───────────────┘ once, when a kept connection was dead         from every state: fault, cancel
 * </pre>
 *
 * <p>The reply has heard its last word when READING_REPLY is left. The two states behind it only find out whether the
 * connection can be used again: the HTTP message has to end in time, and nothing may follow it in the same read.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class UpstreamCall implements UpstreamCalls.Call {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamCall.class);
    private static final int MAX_INFORMATIONAL_HEADS = 16;
    private static final int MAX_REFUSAL_BYTES = 64 << 10;
    private static final int FIRST_ERROR_STATUS = 300;

    /** Named for what the call waits for. */
    private enum State {
        CONNECTING,
        AWAITING_HEAD,
        READING_REPLY,
        AWAITING_MESSAGE_END,
        AWAITING_READ_END,
        ENDED
    }

    private final UpstreamPool pool;
    private final EventLoop loop;
    private final NanoClock clock;
    private final UpstreamSettings.Deadlines deadlines;
    private final ResponseDecoder decoder;
    private final CallOutlet outlet;
    private final CallDeadline deadline;

    private State state = State.CONNECTING;
    private @Nullable Promise<UpstreamConnection> opening; // set while CONNECTING
    private @Nullable UpstreamConnection connection; // set from AWAITING_HEAD until ENDED
    private @Nullable CallRequest request; // set by start

    private boolean isRequestWritten;
    private boolean isWrittenReported;
    private long writtenNanos;
    private long unsentBytes;

    private boolean hasResponseBytes;
    private int informationalHeads;
    private int httpStatus; // 0: no head yet
    private boolean isReusable;
    private int refusalBytes;
    private boolean isAnswerComplete; // though [DONE] is still to come
    private long completeNanos;
    private boolean hasNews; // the outlet has heard something that it has not been told of

    private final ArrayDeque<HttpObject> held = new ArrayDeque<>(); // arrived in the read that filled the outlet
    private boolean isPaused;

    private long lastByteNanos;

    UpstreamCall(
            UpstreamPool pool,
            EventLoop loop,
            NanoClock clock,
            UpstreamSettings.Deadlines deadlines,
            ResponseDecoder decoder,
            CallOutlet outlet) {
        this.pool = pool;
        this.loop = loop;
        this.clock = clock;
        this.deadlines = deadlines;
        this.decoder = decoder;
        this.outlet = outlet;
        deadline = new CallDeadline(loop, clock, this::onDeadline);
    }

    /** @param newRequest taken */
    void start(CallRequest newRequest) {
        assert loop.inEventLoop();
        request = newRequest;
        UpstreamConnection idle = pool.take();
        if (idle != null) send(idle, true);
        else connect();
    }

    @Override
    public void cancel() {
        assert loop.inEventLoop();
        hasNews = false;
        switch (state) {
            case CONNECTING, AWAITING_HEAD, READING_REPLY -> close();
            // The reply has heard its last word, and the connection may still serve the next turn.
            case AWAITING_MESSAGE_END, AWAITING_READ_END, ENDED -> {}
        }
    }

    @Override
    public void resumeReads() {
        assert loop.inEventLoop();
        // Not from inside the session's drain: what is held goes to the very queue it is emptying.
        if (isPaused) loop.execute(this::drainHeld);
    }

    // ---- the request

    private void connect() {
        state = State.CONNECTING;
        Promise<UpstreamConnection> promise = pool.connect();
        opening = promise;
        // Even a failure that is known at once is told in a later turn of the loop, never from inside start().
        promise.addListener(opened -> {
            if (opened.isSuccess()) onConnected(promise.getNow());
            else loop.execute(() -> onUnreachable(opened.cause()));
        });
    }

    private void onConnected(UpstreamConnection opened) {
        if (state == State.CONNECTING) send(opened, false);
        else opened.abort();
    }

    private void onUnreachable(Throwable cause) {
        if (state != State.CONNECTING) return;
        LOG.debug("no connection to the model's server", cause);
        fail(TransportFault.unreachable(cause));
    }

    private void send(UpstreamConnection taken, boolean isReused) {
        opening = null;
        connection = taken;
        state = State.AWAITING_HEAD;
        isRequestWritten = false;
        // Only a kept connection may turn out to have been dead all along; then the request is needed once more.
        FullHttpRequest message = isReused ? request().take() : request().takeLast();
        taken.carry(this);
        deadline.setInMillis(deadlines.firstByteMillis());
        taken.send(message).addListener(written -> {
            if (connection != taken) return;
            if (written.isSuccess()) onRequestWritten();
            else taken.abort();
        });
        unsentBytes = taken.unsentBytes();
    }

    private void onRequestWritten() {
        isRequestWritten = true;
        writtenNanos = clock.nanoTime();
        if (state == State.AWAITING_HEAD) deadline.set(writtenNanos + nanos(deadlines.firstByteMillis()));
    }

    /** Late, but with its own time in it: the socket may take the request while start() is still running. */
    private void reportWritten() {
        if (!isRequestWritten || isWrittenReported) return;
        isWrittenReported = true;
        outlet.onStage(Stage.REQUEST_WRITTEN, writtenNanos);
    }

    // ---- the response

    void onBytes() {
        lastByteNanos = clock.nanoTime();
        if (hasResponseBytes) return;
        hasResponseBytes = true;
        request().release();
        reportWritten();
        outlet.onStage(Stage.FIRST_UPSTREAM_BYTE, lastByteNanos);
        hasNews = true;
    }

    /** @param object taken */
    void onHttpObject(HttpObject object) {
        if (isPaused) held.addLast(object);
        else accept(object);
    }

    void onReadComplete() {
        if (state == State.AWAITING_READ_END) giveBack();
        else if (state == State.READING_REPLY && !isPaused) deadline.set(replyDeadlineNanos());
        tellNews();
    }

    /** The connection is closed, by whomever. */
    void onClosed() {
        // What came before the close is still part of the answer, however full the inlet: it is at most one read.
        isPaused = false;
        while (!held.isEmpty()) accept(held.removeFirst());
        switch (state) {
            case AWAITING_HEAD -> onClosedBeforeHead();
            case READING_REPLY -> {
                decoder.onCut();
                hasNews = true;
                end();
            }
            case AWAITING_MESSAGE_END, AWAITING_READ_END -> end();
            case CONNECTING, ENDED -> {}
        }
    }

    void onException(Throwable cause) {
        if (cause instanceof IOException || cause instanceof DecoderException) {
            // The peer's doing; the close that follows tells the reply.
            LOG.debug("connection to the model's server broke", cause);
            return;
        }
        LOG.error("a model's answer could not be processed", cause);
        switch (state) {
            case AWAITING_HEAD, READING_REPLY -> {
                if (decoder.isTerminated()) end();
                else fail(TransportFault.ours(httpStatus));
            }
            case AWAITING_MESSAGE_END, AWAITING_READ_END -> end();
            case CONNECTING, ENDED -> {}
        }
    }

    private void accept(HttpObject object) {
        try {
            if (object.decoderResult().isFailure()) {
                onMalformed(object.decoderResult().cause());
                return;
            }
            if (object instanceof HttpResponse head) onHead(head);
            if (object instanceof HttpContent content) onContent(content);
        } finally {
            ReferenceCountUtil.release(object);
        }
    }

    private void onHead(HttpResponse head) {
        switch (state) {
            case AWAITING_HEAD -> {
                if (head.status().codeClass() == HttpStatusClass.INFORMATIONAL) onInformationalHead(head);
                else onFinalHead(head);
            }
            // A second response to one request: the connection is out of step.
            case READING_REPLY, AWAITING_MESSAGE_END, AWAITING_READ_END -> end();
            case CONNECTING, ENDED -> {}
        }
    }

    private void onInformationalHead(HttpResponse head) {
        boolean isUpgrade = head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
        if (!isUpgrade && ++informationalHeads <= MAX_INFORMATIONAL_HEADS) return;
        fail(TransportFault.invalid(0, isUpgrade ? "another protocol" : "informational heads without end"));
    }

    private void onFinalHead(HttpResponse head) {
        httpStatus = head.status().code();
        List<RateLimit> rateLimits = RateLimitHeaders.read(head.headers());
        if (!rateLimits.isEmpty()) outlet.onRateLimits(rateLimits);
        String encoding = head.headers().get(HttpHeaderNames.CONTENT_ENCODING);
        if (encoding != null && !HttpHeaderValues.IDENTITY.contentEqualsIgnoreCase(encoding)) {
            fail(TransportFault.invalid(httpStatus, "a compressed body"));
            return;
        }
        isReusable = HttpUtil.isKeepAlive(head)
                && (HttpUtil.isTransferEncodingChunked(head) || HttpUtil.isContentLengthSet(head));
        state = State.READING_REPLY;
        decoder.onHead(httpStatus, head.headers().get(HttpHeaderNames.CONTENT_TYPE));
        onDecoded();
    }

    private void onContent(HttpContent content) {
        boolean isLast = content instanceof LastHttpContent;
        switch (state) {
            case READING_REPLY -> {
                if (content.content().isReadable()) onBody(content.content());
                if (isLast && !decoder.isTerminated()) decoder.onEnd();
                onDecoded();
                if (isLast) onMessageEnd();
            }
            case AWAITING_MESSAGE_END -> {
                // Nothing belongs behind the last word but the line end that closes it.
                if (!isLineEnd(content.content())) end();
                else if (isLast) onMessageEnd();
            }
            case AWAITING_READ_END -> end();
            // In AWAITING_HEAD it is the empty end of an informational response.
            case AWAITING_HEAD, CONNECTING, ENDED -> {}
        }
    }

    private void onBody(ByteBuf bytes) {
        if (httpStatus >= FIRST_ERROR_STATUS) refusalBytes += bytes.readableBytes();
        decoder.onBody(bytes);
        if (refusalBytes > MAX_REFUSAL_BYTES && !decoder.isTerminated()) decoder.onEnd();
    }

    /** Follows the decoder: to its last word, or into a pause when the inlet is full. */
    private void onDecoded() {
        hasNews = true;
        if (decoder.isTerminated()) {
            state = State.AWAITING_MESSAGE_END;
            deadline.setInMillis(deadlines.graceMillis());
            return;
        }
        if (!isAnswerComplete && decoder.isComplete()) {
            isAnswerComplete = true;
            completeNanos = clock.nanoTime();
        }
        if (outlet.isFull()) {
            isPaused = true;
            connection().pauseReads();
        }
    }

    private void onMessageEnd() {
        if (isReusable && isRequestWritten) state = State.AWAITING_READ_END;
        else end();
    }

    private void onMalformed(Throwable cause) {
        switch (state) {
            case AWAITING_HEAD -> {
                if (cause instanceof PrematureChannelClosureException) onClosedBeforeHead();
                else fail(TransportFault.invalid(0, "not HTTP, or a head over the limit"));
            }
            case READING_REPLY -> breakOff(TransportFault.invalid(httpStatus, "a broken HTTP message"));
            case AWAITING_MESSAGE_END, AWAITING_READ_END -> end();
            case CONNECTING, ENDED -> {}
        }
    }

    private void onClosedBeforeHead() {
        if (!request().canBeSentAgain() || hasResponseBytes) {
            fail(TransportFault.closedBeforeHead());
            return;
        }
        // A kept connection the server had given up: it has not seen the request, so it may be sent again.
        connection().drop();
        connection = null;
        connect();
    }

    private void drainHeld() {
        if (!isPaused || state != State.READING_REPLY) return;
        isPaused = false;
        while (!isPaused && !held.isEmpty()) accept(held.removeFirst());
        if (isPaused || state == State.ENDED) {
            tellNews();
            return;
        }
        lastByteNanos = clock.nanoTime();
        completeNanos = lastByteNanos;
        connection().resumeReads();
        onReadComplete();
    }

    // ---- time

    private void onDeadline() {
        // The peer cannot send while we do not read; its time starts anew when we do.
        if (isPaused) return;
        switch (state) {
            case AWAITING_HEAD -> {
                if (isStillSending()) deadline.setInMillis(deadlines.firstByteMillis());
                else fail(TransportFault.silentBeforeHead());
            }
            case READING_REPLY -> breakOff(TransportFault.silentMidReply(httpStatus));
            case AWAITING_MESSAGE_END, AWAITING_READ_END -> end();
            case CONNECTING, ENDED -> {}
        }
    }

    private boolean isStillSending() {
        if (isRequestWritten) return false;
        long before = unsentBytes;
        unsentBytes = connection().unsentBytes();
        return unsentBytes != before;
    }

    private long replyDeadlineNanos() {
        long idleNanos = lastByteNanos + nanos(deadlines.idleMillis());
        if (!isAnswerComplete) return idleNanos;
        long graceNanos = completeNanos + nanos(deadlines.graceMillis());
        return graceNanos - idleNanos < 0 ? graceNanos : idleNanos;
    }

    private static long nanos(int millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    // ---- the end

    /** The connection is of no more use; a refusal or a complete answer is still what it is. */
    private void breakOff(UpstreamFault fault) {
        if (httpStatus < FIRST_ERROR_STATUS && !decoder.isComplete()) {
            fail(fault);
            return;
        }
        decoder.onEnd();
        hasNews = true;
        end();
    }

    private void fail(UpstreamFault fault) {
        reportWritten();
        outlet.onFault(fault);
        hasNews = true;
        end();
    }

    private void giveBack() {
        UpstreamConnection reusable = connection();
        leave();
        pool.giveBack(reusable);
    }

    private void end() {
        close();
        tellNews();
    }

    private void close() {
        UpstreamConnection last = connection;
        Promise<UpstreamConnection> pending = opening;
        leave();
        if (pending != null) pending.cancel(false);
        if (last == null) return;
        last.drop();
        last.abort();
    }

    private void leave() {
        state = State.ENDED;
        connection = null;
        opening = null;
        isPaused = false;
        deadline.stop();
        request().release();
        for (HttpObject object; (object = held.pollFirst()) != null; ) ReferenceCountUtil.release(object);
    }

    private void tellNews() {
        if (!hasNews) return;
        hasNews = false;
        outlet.tellNews();
    }

    private CallRequest request() {
        CallRequest started = request;
        if (started == null) throw new IllegalStateException("request: none (expected: started)");
        return started;
    }

    private UpstreamConnection connection() {
        UpstreamConnection carrying = connection;
        if (carrying == null) throw new IllegalStateException("connection: none in " + state);
        return carrying;
    }

    private static boolean isLineEnd(ByteBuf bytes) {
        return bytes.forEachByte(octet -> octet == '\r' || octet == '\n') < 0;
    }
}
