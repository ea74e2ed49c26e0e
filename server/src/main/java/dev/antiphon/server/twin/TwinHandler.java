package dev.antiphon.server.twin;

import dev.antiphon.server.twin.wire.Ids;
import dev.antiphon.server.twin.wire.Refusal;
import dev.antiphon.server.twin.wire.ServerRefusals;
import dev.antiphon.server.twin.wire.TranscriptShape;
import dev.antiphon.server.twin.wire.TranscriptWriter;
import dev.antiphon.time.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the twin: one request after the other, each thought about on a worker and answered from the event
 * loop.
 *
 * <p>Threading: confined to the channel's event loop.
 */
final class TwinHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(TwinHandler.class);

    private final TwinModel model;
    private final Executor workers;
    private final AnswerStreams streams;
    private boolean isAnswering;
    private @Nullable AnswerStream stream; // null: none is being sent
    private @Nullable ByteBuf wholeBody; // null: none is waiting for its time
    private @Nullable Future<?> wholeTimer; // null: none was ever waited for

    TwinHandler(TwinModel model, Executor workers) {
        this.model = model;
        this.workers = workers;
        streams = new AnswerStreams(model, workers);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (isAnswering) {
            // A second request before the answer to the first: pipelining, which no client of the twin does.
            close(ctx);
            return;
        }
        isAnswering = true;
        Exchange exchange = new Exchange(model.newIds(), NanoClock.SYSTEM.nanoTime(), keyOf(request));
        if (request.decoderResult().isFailure()) {
            // Whatever follows cannot be told apart any more.
            refuse(ctx, Refusal.badRequest("Bad request: not HTTP, or a head over the limit.", null, null), exchange);
            close(ctx);
            return;
        }
        try {
            route(ctx, request, exchange);
        } catch (Refusal refusal) {
            refuse(ctx, refusal, exchange);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (stream != null && ctx.channel().isWritable()) stream.advance();
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (stream != null) stream.cancel();
        if (wholeBody != null) wholeBody.release();
        wholeBody = null;
        if (wholeTimer != null) wholeTimer.cancel(false);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("twin: connection failed", cause);
        close(ctx);
    }

    /**
     * One request and what its answer needs to know of it.
     *
     * @param key empty: it had none
     */
    private record Exchange(Ids ids, long arrivedNanos, String key) {
        long millis() {
            return TimeUnit.NANOSECONDS.toMillis(NanoClock.SYSTEM.nanoTime() - arrivedNanos);
        }
    }

    private void route(ChannelHandlerContext ctx, FullHttpRequest request, Exchange exchange) {
        String path = request.uri().replaceFirst("\\?.*", "");
        HttpMethod method = request.method();
        switch (path) {
            case "/v1/chat/completions" -> {
                check(method, HttpMethod.POST, path);
                checkKey(exchange);
                work(ctx, request.retain(), exchange, () -> answer(ctx, model.think(json(request)), exchange));
            }
            case "/v1/audio/transcriptions", "/v1/audio/translations" -> {
                check(method, HttpMethod.POST, path);
                checkKey(exchange);
                String task = path.endsWith("translations") ? TranscriptShape.TRANSLATE : TranscriptShape.TRANSCRIBE;
                work(ctx, request.retain(), exchange, () -> answer(ctx, model.transcribe(request, task), exchange));
            }
            case "/v1/audio/speech" -> {
                check(method, HttpMethod.POST, path);
                checkKey(exchange);
                work(ctx, request.retain(), exchange, () -> answer(ctx, model.order(json(request)), exchange));
            }
            case "/v1/models", "/v1/models/" + TwinModel.NAME -> {
                check(method, HttpMethod.GET, path);
                checkKey(exchange);
                listModels(ctx, path, exchange);
            }
            default ->
                throw Refusal.of(404, "invalid_request_error", "Invalid URL (" + method + " " + path + ")", null, null);
        }
    }

    private static void check(HttpMethod method, HttpMethod expected, String path) {
        if (method.equals(expected)) return;
        throw Refusal.of(
                405,
                "invalid_request_error",
                "Not allowed to " + method + " on " + path
                        + ". (HINT: Perhaps you meant to make your HTTP request using a different HTTP method?)",
                null,
                "method_not_supported");
    }

    private static String keyOf(FullHttpRequest request) {
        String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        return authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                ? authorization.substring(7).trim()
                : request.headers().get("api-key", "");
    }

    private void checkKey(Exchange exchange) {
        String expected = model.settings().apiKey();
        if (expected == null) return;
        String given = exchange.key();
        if (given.isEmpty()) throw ServerRefusals.noKey();
        byte[] givenBytes = given.getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(givenBytes, expected.getBytes(StandardCharsets.UTF_8))) {
            throw ServerRefusals.wrongKey(given);
        }
    }

    private static InputStream json(FullHttpRequest request) {
        return new ByteBufInputStream(request.content());
    }

    /** What a worker makes of a request. */
    private interface Job {
        /** What the event loop has to do then. */
        Runnable run();
    }

    /** @param request what the job reads; taken */
    private void work(ChannelHandlerContext ctx, FullHttpRequest request, Exchange exchange, Job job) {
        try {
            workers.execute(() -> {
                Runnable next = workNow(ctx, exchange, job);
                request.release();
                ctx.executor().execute(next);
            });
        } catch (RejectedExecutionException overloaded) {
            request.release();
            refuse(ctx, ServerRefusals.overloaded(), exchange);
        }
    }

    private Runnable workNow(ChannelHandlerContext ctx, Exchange exchange, Job job) {
        if (!ctx.channel().isActive()) return () -> {};
        try {
            return job.run();
        } catch (Refusal refusal) {
            return () -> refuse(ctx, refusal, exchange);
        } catch (RuntimeException e) {
            LOG.error("twin: a request could not be answered", e);
            return () -> refuse(ctx, ServerRefusals.serverError(), exchange);
        }
    }

    private Runnable answer(ChannelHandlerContext ctx, Thought thought, Exchange exchange) {
        if (!thought.request().delivery().stream()) return completeOnWorker(ctx, thought, exchange);
        return () -> stream(
                ctx,
                thought.fault(),
                exchange,
                () -> streams.open(ctx, thought, exchange.ids(), exchange.arrivedNanos(), () -> endStream(ctx)));
    }

    /** A fault shows itself on the stream it breaks, whether or not one was asked for. */
    private Runnable answer(ChannelHandlerContext ctx, Transcription transcription, Exchange exchange) {
        if (transcription.isStreamed() || transcription.fault() != null) {
            return () -> stream(
                    ctx,
                    transcription.fault(),
                    exchange,
                    () -> streams.open(ctx, transcription, exchange.arrivedNanos(), () -> endStream(ctx)));
        }
        long dueNanos = exchange.arrivedNanos() + model.settings().pace().dueNanos(0);
        return () -> {
            ByteBuf body = ctx.alloc().buffer();
            TranscriptWriter.writeDocument(
                    body,
                    transcription.shape(),
                    transcription.text(),
                    transcription.usage(),
                    transcription.clipMillis());
            sendWhole(ctx, transcription.shape().contentType(), body, dueNanos, exchange);
        };
    }

    private Runnable answer(ChannelHandlerContext ctx, Speech speech, Exchange exchange) {
        return () -> {
            HttpResponse head = ResponseHeads.eventStream(exchange.ids(), exchange.millis());
            speech.describe(head.headers());
            stream(
                    ctx,
                    speech.fault(),
                    exchange,
                    head,
                    () -> streams.open(ctx, speech, exchange.arrivedNanos(), this::endAnswer));
        };
    }

    private Runnable completeOnWorker(ChannelHandlerContext ctx, Thought thought, Exchange exchange) {
        TwinFault fault = thought.fault();
        if (fault != null && fault.place() != TwinFault.Place.STREAM) return () -> show(ctx, fault, exchange);
        ByteBuf body = ctx.alloc().buffer();
        try {
            WholeAnswer answer = new WholeAnswer(thought, model, exchange.ids());
            answer.writeBody(body);
            return () ->
                    sendWhole(ctx, ResponseHeads.JSON, body, exchange.arrivedNanos() + answer.dueNanos(), exchange);
        } catch (RuntimeException e) {
            body.release();
            throw e;
        }
    }

    /** @param body taken */
    private void sendWhole(
            ChannelHandlerContext ctx, String contentType, ByteBuf body, long dueNanos, Exchange exchange) {
        if (!ctx.channel().isActive()) {
            body.release();
            return;
        }
        wholeBody = body;
        long waitNanos = Math.max(0, dueNanos - NanoClock.SYSTEM.nanoTime());
        wholeTimer = ctx.executor()
                .schedule(() -> sendWholeNow(ctx, contentType, exchange), waitNanos, TimeUnit.NANOSECONDS);
    }

    private void sendWholeNow(ChannelHandlerContext ctx, String contentType, Exchange exchange) {
        ByteBuf body = wholeBody;
        if (body == null) return;
        wholeBody = null;
        send(ctx, HttpResponseStatus.OK, contentType, body, exchange);
    }

    private void stream(
            ChannelHandlerContext ctx, @Nullable TwinFault fault, Exchange exchange, Supplier<AnswerStream> opening) {
        stream(ctx, fault, exchange, ResponseHeads.eventStream(exchange.ids(), exchange.millis()), opening);
    }

    private void stream(
            ChannelHandlerContext ctx,
            @Nullable TwinFault fault,
            Exchange exchange,
            HttpResponse head,
            Supplier<AnswerStream> opening) {
        if (!ctx.channel().isActive()) return;
        if (fault != null && fault.place() != TwinFault.Place.STREAM) {
            show(ctx, fault, exchange);
            return;
        }
        if (fault == TwinFault.BYTE_BY_BYTE) ByteByByte.begin(ctx.pipeline());
        ctx.write(head).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        AnswerStream opened = opening.get();
        stream = opened;
        opened.advance();
        ctx.flush();
    }

    /** What stands in for an answer. After a fault of the wire the connection serves no further request. */
    private void show(ChannelHandlerContext ctx, TwinFault fault, Exchange exchange) {
        if (fault.place() == TwinFault.Place.WIRE) {
            WireFault.show(fault, ctx);
            return;
        }
        Clock clock = model.settings().memory().clock();
        FaultResponses responses = new FaultResponses(ctx.alloc(), exchange.ids(), exchange.millis());
        ctx.writeAndFlush(responses.of(fault, exchange.key(), clock))
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        endAnswer();
    }

    private void endStream(ChannelHandlerContext ctx) {
        ByteByByte.end(ctx.pipeline());
        endAnswer();
    }

    private void endAnswer() {
        stream = null;
        isAnswering = false;
    }

    private void listModels(ChannelHandlerContext ctx, String path, Exchange exchange) {
        String entry = "{\"id\":\"" + TwinModel.NAME
                + "\",\"object\":\"model\",\"created\":1780693570,\"owned_by\":\"antiphon\",\"shutdown_date\":null}";
        String json = path.endsWith(TwinModel.NAME) ? entry : "{\"object\":\"list\",\"data\":[" + entry + "]}";
        ByteBuf body = ByteBufUtil.writeUtf8(ctx.alloc(), json);
        send(ctx, HttpResponseStatus.OK, ResponseHeads.JSON, body, exchange);
    }

    /** @param body taken */
    private void send(
            ChannelHandlerContext ctx, HttpResponseStatus status, String contentType, ByteBuf body, Exchange exchange) {
        ctx.writeAndFlush(ResponseHeads.whole(status, contentType, body, exchange.ids(), exchange.millis()))
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        endAnswer();
    }

    private void refuse(ChannelHandlerContext ctx, Refusal refusal, Exchange exchange) {
        ctx.writeAndFlush(ResponseHeads.refusal(refusal, ctx.alloc().buffer(), exchange.ids(), exchange.millis()))
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        endAnswer();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // whether closing went well changes nothing: the connection is gone
    private static void close(ChannelHandlerContext ctx) {
        ctx.close();
    }
}
