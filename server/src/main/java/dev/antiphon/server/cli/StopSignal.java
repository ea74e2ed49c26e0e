package dev.antiphon.server.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Waits for SIGTERM or SIGINT, and holds the end of the process back until the command has cleaned up. The process then
 * ends with exit code 0: being told to stop is no failure.
 *
 * <p>Threading: thread-safe.
 */
final class StopSignal implements AutoCloseable {
    /** A command that has not cleaned up by then is left behind, exit code 1. */
    private static final long LONGEST_STOP_SECONDS = 20;

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch cleaned = new CountDownLatch(1);

    private StopSignal() {}

    static StopSignal install() {
        StopSignal signal = new StopSignal();
        Runtime.getRuntime().addShutdownHook(new Thread(signal::onShutdown, "stop"));
        return signal;
    }

    void await() throws InterruptedException {
        asked.await();
    }

    /** The command has cleaned up. */
    @Override
    public void close() {
        cleaned.countDown();
    }

    private void onShutdown() {
        asked.countDown();
        try {
            boolean clean = cleaned.await(LONGEST_STOP_SECONDS, TimeUnit.SECONDS);
            Runtime.getRuntime().halt(clean ? 0 : AntiphonCommand.EXIT_FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
