package dev.antiphon.server.twin;

import dev.antiphon.server.twin.script.AnswerScript;
import dev.antiphon.server.twin.wire.ChunkWriter;
import dev.antiphon.time.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends one script at its pace: each event when it is due, none while the socket is full, and nothing more once the
 * caller has gone.
 *
 * <p>Threading: confined to the channel's event loop.
 */
final class AnswerStream {
    private static final int EVENT_BYTES = 512;

    private final ChannelHandlerContext ctx;
    private final AnswerScript script;
    private final @Nullable SpeechFeed feed; // null: nothing has to be spoken
    private final TwinFault.Ending ending;
    private final long arrivedNanos;
    private final Runnable onEnd;
    private @Nullable Future<?> timer; // null: not waiting for a time
    private boolean isOver;

    /**
     * @param arrivedNanos when the request was complete; all events are due from then on
     * @param onEnd called once, when the body has been written or will never be
     */
    AnswerStream(
            ChannelHandlerContext ctx,
            AnswerScript script,
            @Nullable SpeechFeed feed,
            TwinFault.Ending ending,
            long arrivedNanos,
            Runnable onEnd) {
        this.ctx = ctx;
        this.script = script;
        this.feed = feed;
        this.ending = ending;
        this.arrivedNanos = arrivedNanos;
        this.onEnd = onEnd;
    }

    /** Writes what is due. Called when the head has been written, when sound was made, when the socket has room again. */
    void advance() {
        if (isOver) return;
        stopTimer();
        while (!isOver && ctx.channel().isWritable() && !script.isAwaitingSound()) {
            long waitNanos = arrivedNanos + script.dueNanos() - NanoClock.SYSTEM.nanoTime();
            if (waitNanos > 0) {
                timer = ctx.executor().schedule(this::advance, waitNanos, TimeUnit.NANOSECONDS);
                break;
            }
            writeNext();
        }
        ctx.flush();
        if (!isOver && feed != null) feed.pull(this);
    }

    /** No more sound can be made: says so, as a provider does in mid-stream, or breaks off where nothing can be said. */
    void fail() {
        if (isOver) return;
        if (script.isEventStream()) writeError();
        else writeBreak();
        ctx.flush();
    }

    /** The caller has gone. */
    void cancel() {
        if (!isOver) end();
    }

    private void writeNext() {
        ByteBuf event = ctx.alloc().buffer(EVENT_BYTES);
        script.writeNext(event);
        ctx.write(new DefaultHttpContent(event)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        if (script.isFinished()) writeEnd();
    }

    private void writeError() {
        ByteBuf event = ctx.alloc().buffer(EVENT_BYTES);
        ChunkWriter.writeError(event, "The server had an error while processing your request. Sorry about that!");
        ctx.write(new DefaultHttpContent(event)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        writeEnd();
    }

    private void writeEnd() {
        switch (ending) {
            case CLEAN -> writeMessageEnd();
            case FIN -> closeBehindIt();
            case RST -> ctx.write(Unpooled.EMPTY_BUFFER).addListener(written -> WireFault.reset(ctx.channel()));
            case SECOND_RESPONSE -> {
                writeMessageEnd();
                WireFault.writeSecondResponse(ctx);
            }
        }
        end();
    }

    private void writeBreak() {
        closeBehindIt();
        end();
    }

    private void closeBehindIt() {
        ctx.write(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    private void writeMessageEnd() {
        ctx.write(LastHttpContent.EMPTY_LAST_CONTENT).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private void end() {
        isOver = true;
        stopTimer();
        if (feed != null) feed.stop();
        onEnd.run();
    }

    private void stopTimer() {
        if (timer != null) timer.cancel(false);
        timer = null;
    }
}
