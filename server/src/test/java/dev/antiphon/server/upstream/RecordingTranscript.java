package dev.antiphon.server.upstream;

import dev.antiphon.upstream.TranscriptionListener;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a transcription says as lines, in order; a test takes them all.
 *
 * <p>Threading: one producer, one consumer.
 */
final class RecordingTranscript implements TranscriptionListener {
    private static final long WAIT_SECONDS = 5;

    private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();
    private volatile @Nullable UpstreamFault fault; // written by the loop's thread, read by the test's
    private volatile Runnable onDelta = () -> {}; // set by the test's thread, run by the loop's

    /** The next line, waiting for it. */
    String next() throws InterruptedException {
        String line = said.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        return line == null ? "silence" : line;
    }

    /** All lines so far. */
    List<String> drain() {
        List<String> lines = new ArrayList<>();
        said.drainTo(lines);
        return lines;
    }

    UpstreamFault fault() {
        UpstreamFault last = fault;
        if (last == null) throw new AssertionError("no fault");
        return last;
    }

    /** Runs {@code task} from inside every delta. */
    void onEachDelta(Runnable task) {
        onDelta = task;
    }

    @Override
    public void onDelta(String delta) {
        said.add("delta " + delta);
        onDelta.run();
    }

    @Override
    public void onCompleted(String transcript, TranscriptionUsage usage) {
        said.add("completed " + transcript + " " + usage);
    }

    @Override
    public void onFault(UpstreamFault newFault) {
        fault = newFault;
        said.add("fault " + newFault.kind() + " " + newFault.httpStatus() + (newFault.retryable() ? " retryable" : ""));
    }
}
