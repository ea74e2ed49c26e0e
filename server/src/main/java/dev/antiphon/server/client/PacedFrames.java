package dev.antiphon.server.client;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.playout.LeadPacer;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The frames of replies on their way out, sound and text in one order: the sound no faster than a {@link LeadPacer}
 * lets it, the text not before the sound that came before it. While something waits here the session is not asked for
 * more, so that it is never more than what the model said at once.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class PacedFrames implements AutoCloseable {
    /** A piece of sound, or a text that must not overtake it. */
    private static final class Frame {
        final ByteBuf content; // ours
        final @Nullable String responseId; // of sound; null: text

        Frame(ByteBuf content, @Nullable String responseId) {
            this.content = content;
            this.responseId = responseId;
        }
    }

    private final SessionHost host;
    private final AudioFormat format;
    private final LeadPacer pacer;
    private final Wake wake;
    private final Deque<Frame> waiting = new ArrayDeque<>();
    private long waitingSamples;

    /** @param wake runs {@link #release} */
    PacedFrames(SessionHost host, AudioFormat format, LeadPacer pacer, Wake wake) {
        this.host = host;
        this.format = format;
        this.pacer = pacer;
        this.wake = wake;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Samples given to us that a player which plays as it receives has not reached. */
    long unplayedSamples(long nowNanos) {
        return waitingSamples + pacer.unplayedSamples(nowNanos);
    }

    /** @param json taken */
    void addText(ByteBuf json) {
        if (waiting.isEmpty()) host.write(new TextWebSocketFrame(json));
        else waiting.add(new Frame(json, null));
    }

    /** @param audio whole samples; taken */
    void addAudio(String responseId, ByteBuf audio, long nowNanos) {
        long samples = format.samplesIn(audio.readableBytes());
        if (waiting.isEmpty() && host.isChannelWritable() && pacer.sendable(samples, nowNanos) == samples) {
            pacer.onSent(samples, nowNanos);
            host.writeAudio(responseId, new BinaryWebSocketFrame(audio));
            return;
        }
        waiting.add(new Frame(audio, responseId));
        waitingSamples += samples;
        release(nowNanos);
    }

    /** Writes what may leave now, and wakes for the rest. */
    void release(long nowNanos) {
        while (!waiting.isEmpty() && host.isChannelWritable()) {
            Frame next = waiting.element();
            if (next.responseId == null) {
                host.write(new TextWebSocketFrame(waiting.remove().content));
                continue;
            }
            if (!releaseAudio(next.content, next.responseId, nowNanos)) return;
        }
    }

    /** @return whether all of it has left */
    private boolean releaseAudio(ByteBuf audio, String responseId, long nowNanos) {
        long samples = format.samplesIn(audio.readableBytes());
        long sendable = pacer.sendable(samples, nowNanos);
        if (sendable > 0) {
            pacer.onSent(sendable, nowNanos);
            waitingSamples -= sendable;
            if (sendable == samples) {
                host.writeAudio(responseId, new BinaryWebSocketFrame(waiting.remove().content));
                return true;
            }
            ByteBuf part = audio.readRetainedSlice((int) format.bytesOf(sendable));
            host.writeAudio(responseId, new BinaryWebSocketFrame(part));
        }
        wake.set(pacer.sendableAtNanos(samples - sendable));
        return false;
    }

    /** Throws away what waits, and with it what the client has and was told to throw away. */
    void flush(long nowNanos) {
        close();
        pacer.onFlushed(nowNanos);
    }

    @Override
    public void close() {
        wake.cancel();
        waitingSamples = 0;
        for (Frame frame; (frame = waiting.poll()) != null; ) frame.content.release();
    }
}
