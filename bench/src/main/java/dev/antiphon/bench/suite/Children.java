package dev.antiphon.bench.suite;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * All processes the suite has running; none outlives it, however it ends. The last started is the first stopped.
 *
 * <p>Threading: thread-safe.
 */
final class Children implements AutoCloseable {
    private final Deque<Child> running = new ArrayDeque<>();
    private boolean closed;

    /** Children that are stopped also when the suite is, by Ctrl-C or otherwise. */
    static Children stoppedAtExit() {
        Children children = new Children();
        Runtime.getRuntime().addShutdownHook(new Thread(children::close, "stop-children"));
        return children;
    }

    synchronized Child start(String name, Launch launch, Path log) throws IOException {
        if (closed) throw new IOException(name + ": not started, the suite is stopping");
        Child child = Child.start(name, launch, log);
        running.push(child);
        return child;
    }

    /** Stops those that run; others may be started afterwards. */
    synchronized void stopAll() {
        while (!running.isEmpty()) running.pop().close();
    }

    /** What ends from now on was made to. */
    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
        stopAll();
    }
}
