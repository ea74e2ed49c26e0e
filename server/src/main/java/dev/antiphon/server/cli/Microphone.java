package dev.antiphon.server.cli;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A microphone that is always on: 20 ms of audio every 20 ms, silence until it is told to say something.
 *
 * <p>Threading: thread-safe.
 */
final class Microphone implements AutoCloseable {
    private static final int FRAME_MILLIS = 20;
    private static final int FRAME_BYTES =
            (int) AudioFormat.PCM16_24KHZ.bytesOf(AudioFormat.PCM16_24KHZ.samplesInMillis(FRAME_MILLIS));

    private final RealtimeClient client;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "microphone");
        thread.setDaemon(true);
        return thread;
    });
    private final byte[] silence = new byte[FRAME_BYTES];

    private @Nullable ScheduledFuture<?> frames; // null: not open
    private byte[] speech = new byte[0]; // guarded by this
    private int spokenBytes; // guarded by this
    private @Nullable CompletableFuture<Long> spoken; // guarded by this; null: nothing is being said

    Microphone(RealtimeClient client) {
        this.client = client;
    }

    void open() {
        frames = clock.scheduleAtFixedRate(this::sendFrame, 0, FRAME_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Says something, at the pace of speech.
     *
     * @param clip at 24 kHz
     * @return completed with the moment, in monotonic nanoseconds, at which its last frame was sent
     */
    synchronized CompletableFuture<Long> say(AudioClip clip) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        speech = clip.toByteArray();
        spokenBytes = 0;
        spoken = done;
        return done;
    }

    private synchronized void sendFrame() {
        if (spoken == null) {
            client.appendAudio(silence, 0, silence.length);
            return;
        }
        int bytes = Math.min(FRAME_BYTES, speech.length - spokenBytes);
        client.appendAudio(speech, spokenBytes, bytes);
        spokenBytes += bytes;
        if (spokenBytes < speech.length) return;
        spoken.complete(System.nanoTime());
        spoken = null;
    }

    @Override
    public void close() {
        if (frames != null) frames.cancel(false);
        clock.shutdownNow();
    }
}
