package dev.antiphon.server.upstream;

import dev.antiphon.metrics.Stage;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.BodyDecoder;
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
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
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
final class UpstreamCall implements UpstreamCalls.Call, CallBoarding.Passenger {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamCall.class);
    private static final int MAX_INFORMATIONAL_HEADS = 16;
    private static final int UNAUTHORIZED = 401;
    private static final int MAX_REFUSAL_BYTES = 64 << 10;

    /** Named for what the call waits for. */
    private enum State {
        CONNECTING, // and for a token, where there is none
        AWAITING_HEAD,
        READING_REPLY,
        AWAITING_MESSAGE_END,
        AWAITING_READ_END,
        ENDED
    }

    private final CallBoarding boarding;
    private final EventLoop loop;
    private final InstantSource wallClock;
    private final CallOutlet outlet;
    private final CallTimes times;

    private ResponseDecoder decoder; // of the answer, or, once the head has said so, of a refusal

    private State state = State.CONNECTING;
    private @Nullable CallCarrier carrier; // set from AWAITING_HEAD until ENDED
    private @Nullable CallRequest request; // set by start

    private boolean isSentAgain;
    private boolean isRequestWritten;
    private boolean isWrittenReported;
    private boolean isSoundReported;
    private long unsentBytes;

    private boolean hasResponseBytes;
    private int informationalHeads;
    private @Nullable ResponseHead head; // null: none yet
    private int refusalBytes;
    private boolean hasNews; // the outlet has heard something that it has not been told of

    private final ArrayDeque<HttpObject> held = new ArrayDeque<>(0); // arrived in the read that filled the outlet
    private boolean isPaused;

    /**
     * @param headMillis from the last byte of the request to the end of the response's head
     * @param wallClock for what servers say in dates
     */
    UpstreamCall(
            CallBoarding boarding,
            EventLoop loop,
            NanoClock clock,
            InstantSource wallClock,
            UpstreamSettings.Deadlines deadlines,
            int headMillis,
            ResponseDecoder decoder,
            CallOutlet outlet) {
        this.boarding = boarding;
        this.loop = loop;
        this.wallClock = wallClock;
        this.decoder = decoder;
        this.outlet = outlet;
        times = new CallTimes(loop, clock, deadlines, headMillis, this::onDeadline);
    }

    /** @param newRequest taken */
    void start(CallRequest newRequest) {
        assert loop.inEventLoop();
        request = newRequest;
        boarding.start(newRequest, this);
    }

    /**
     * On a connection of the caller's choice.
     *
     * @param newRequest taken, signed
     */
    void startOn(Future<CallCarrier> chosen, CallRequest newRequest) {
        assert loop.inEventLoop();
        request = newRequest;
        boarding.await(chosen, this);
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

    @Override
    public void onNoCarrier(UpstreamFault fault) {
        fail(fault);
    }

    @Override
    public void onCarrier(CallCarrier taken) {
        carrier = taken;
        state = State.AWAITING_HEAD;
        isRequestWritten = false;
        // Only a kept connection may turn out to have been dead all along; then the request is needed once more.
        boolean isLastAttempt = isSentAgain || !taken.mayBeStale();
        FullHttpRequest message =
                isLastAttempt ? request().takeLast() : request().take();
        taken.carry(this);
        times.awaitStep();
        taken.send(message).addListener(written -> {
            if (carrier != taken) return;
            if (written.isSuccess()) onRequestWritten();
            else taken.abort();
        });
        unsentBytes = taken.unsentBytes();
    }

    private void onRequestWritten() {
        isRequestWritten = true;
        times.onRequestWritten();
        if (state == State.AWAITING_HEAD) times.awaitHead();
    }

    /** Late, but with its own time in it: the socket may take the request while start() is still running. */
    private void reportWritten() {
        if (!isRequestWritten || isWrittenReported) return;
        isWrittenReported = true;
        outlet.onStage(Stage.REQUEST_WRITTEN, times.writtenNanos());
    }

    // ---- the response

    void onBytes() {
        times.onBytes();
        if (hasResponseBytes) return;
        hasResponseBytes = true;
        request().release();
        reportWritten();
        outlet.onStage(Stage.FIRST_UPSTREAM_BYTE, times.lastByteNanos());
        hasNews = true;
    }

    /** The server has seen the request, whatever it made of it: it must not be sent again. */
    void onRequestSeen() {
        request().release();
    }

    /** @param object taken */
    void onHttpObject(HttpObject object) {
        if (isPaused) held.addLast(object);
        else accept(object);
    }

    void onReadComplete() {
        if (state == State.AWAITING_READ_END) giveBack();
        else if (state == State.READING_REPLY && !isPaused) times.awaitMoreOfReply();
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
                else fail(TransportFault.ours(httpStatus()));
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
            if (object instanceof HttpResponse response) onHead(response);
            if (object instanceof HttpContent content) onContent(content);
        } finally {
            ReferenceCountUtil.release(object);
        }
    }

    private void onHead(HttpResponse response) {
        switch (state) {
            case AWAITING_HEAD -> {
                if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) onInformationalHead(response);
                else onFinalHead(response);
            }
            // A second response to one request: the connection is out of step.
            case READING_REPLY, AWAITING_MESSAGE_END, AWAITING_READ_END -> end();
            case CONNECTING, ENDED -> {}
        }
    }

    private void onInformationalHead(HttpResponse response) {
        boolean isUpgrade = response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
        if (!isUpgrade && ++informationalHeads <= MAX_INFORMATIONAL_HEADS) return;
        fail(TransportFault.invalid(0, isUpgrade ? "another protocol" : "informational heads without end"));
    }

    private void onFinalHead(HttpResponse response) {
        ResponseHead read = ResponseHead.of(response, wallClock.instant());
        head = read;
        List<RateLimit> rateLimits = RateLimitHeaders.read(response.headers());
        if (!rateLimits.isEmpty()) outlet.onRateLimits(rateLimits);
        if (!read.requestId().isEmpty()) outlet.onRequestId(read.requestId());
        LOG.debug("model answered, status={} request-id={}", read.status(), read.requestId());
        if (read.isCompressed()) {
            fail(TransportFault.invalid(read.status(), "a compressed body"));
            return;
        }
        state = State.READING_REPLY;
        if (read.isRefusal()) decoder = new BodyDecoder(new RefusalBody(read.retryHint(), this::tell));
        decoder.onHead(read.status(), read.contentType());
        // The body of a redirect says where to: not even that is read.
        if (read.isRedirect()) decoder.onEnd();
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
        if (isRefusal()) refusalBytes += bytes.readableBytes();
        decoder.onBody(bytes);
        if (refusalBytes > MAX_REFUSAL_BYTES && !decoder.isTerminated()) decoder.onEnd();
    }

    /** Follows the decoder: to its last word, or into a pause when the inlet is full. */
    private void onDecoded() {
        hasNews = true;
        if (!isSoundReported && decoder.hasSound()) {
            isSoundReported = true;
            outlet.onStage(Stage.FIRST_AUDIO_BYTES, times.lastByteNanos());
        }
        if (decoder.isTerminated()) {
            state = State.AWAITING_MESSAGE_END;
            times.awaitMessageEnd();
            return;
        }
        if (decoder.isComplete()) times.onAnswerComplete();
        if (outlet.isFull()) {
            isPaused = true;
            carrier().pauseReads();
        }
    }

    private void onMessageEnd() {
        ResponseHead read = head;
        if (read != null && read.isReusable() && isRequestWritten) state = State.AWAITING_READ_END;
        else end();
    }

    /** The peer does not keep to HTTP. */
    void onMalformed(Throwable cause) {
        switch (state) {
            case AWAITING_HEAD -> {
                if (cause instanceof PrematureChannelClosureException) onClosedBeforeHead();
                else fail(TransportFault.invalid(0, "not HTTP, or a head over the limit"));
            }
            case READING_REPLY -> breakOff(TransportFault.invalid(httpStatus(), "a broken HTTP message"));
            case AWAITING_MESSAGE_END, AWAITING_READ_END -> end();
            case CONNECTING, ENDED -> {}
        }
    }

    private void onClosedBeforeHead() {
        if (!request().canBeSentAgain() || hasResponseBytes) {
            // Sent again once, whoever does it: two connections in a row say enough.
            fail(TransportFault.closedBeforeHead(!isSentAgain));
            return;
        }
        // A kept connection the server had given up: it has not seen the request, so it may be sent again.
        carrier().drop();
        carrier = null;
        isSentAgain = true;
        state = State.CONNECTING;
        boarding.startAgain(this);
    }

    private void drainHeld() {
        if (!isPaused || state != State.READING_REPLY) return;
        isPaused = false;
        while (!isPaused && !held.isEmpty()) accept(held.removeFirst());
        if (isPaused || state == State.ENDED) {
            tellNews();
            return;
        }
        times.onResumed();
        carrier().resumeReads();
        onReadComplete();
    }

    // ---- time

    private void onDeadline() {
        // The peer cannot send while we do not read; its time starts anew when we do.
        if (isPaused) return;
        switch (state) {
            case AWAITING_HEAD -> {
                if (isStillSending()) {
                    times.awaitStep();
                    return;
                }
                carrier().distrust();
                fail(TransportFault.silentBeforeHead());
            }
            case READING_REPLY -> {
                carrier().distrust();
                breakOff(TransportFault.silentMidReply(httpStatus()));
            }
            case AWAITING_MESSAGE_END, AWAITING_READ_END -> end();
            case CONNECTING, ENDED -> {}
        }
    }

    private boolean isStillSending() {
        if (isRequestWritten) return false;
        long before = unsentBytes;
        unsentBytes = carrier().unsentBytes();
        return unsentBytes != before;
    }

    // ---- the end

    /** The connection is of no more use; a refusal or a complete answer is still what it is. */
    private void breakOff(UpstreamFault fault) {
        if (!isRefusal() && !decoder.isComplete()) {
            fail(fault);
            return;
        }
        decoder.onEnd();
        hasNews = true;
        end();
    }

    private void fail(UpstreamFault fault) {
        reportWritten();
        tell(fault);
        hasNews = true;
        end();
    }

    private void tell(UpstreamFault fault) {
        ResponseHead read = head;
        String requestId = read == null || read.requestId().isEmpty() ? "none" : read.requestId();
        LOG.info("model call failed, kind={} status={} request-id={}", fault.kind(), fault.httpStatus(), requestId);
        if (fault.httpStatus() == UNAUTHORIZED) boarding.onUnauthorized();
        outlet.onFault(fault);
    }

    private void giveBack() {
        CallCarrier reusable = carrier();
        leave();
        boarding.giveBack(reusable);
    }

    private void end() {
        close();
        tellNews();
    }

    private void close() {
        CallCarrier last = carrier;
        boarding.cancel();
        leave();
        if (last == null) return;
        last.drop();
        last.abort();
    }

    private void leave() {
        state = State.ENDED;
        carrier = null;
        isPaused = false;
        times.stop();
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

    private CallCarrier carrier() {
        CallCarrier carrying = carrier;
        if (carrying == null) throw new IllegalStateException("carrier: none in " + state);
        return carrying;
    }

    private int httpStatus() {
        ResponseHead read = head;
        return read == null ? 0 : read.status();
    }

    private boolean isRefusal() {
        ResponseHead read = head;
        return read != null && read.isRefusal();
    }

    private static boolean isLineEnd(ByteBuf bytes) {
        return bytes.forEachByte(octet -> octet == '\r' || octet == '\n') < 0;
    }
}
