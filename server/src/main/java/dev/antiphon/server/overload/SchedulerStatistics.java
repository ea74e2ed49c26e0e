package dev.antiphon.server.overload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Linux's scheduler knows of one thread: how long it ran, and how long it could have run and waited for a processor.
 *
 * <p>Source: the file {@code schedstat} of a thread, Linux {@code Documentation/scheduler/sched-stats.rst}.
 *
 * <p>Threading: confined to the thread that opened it.
 */
final class SchedulerStatistics implements WorkMeter {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerStatistics.class);

    private static final Path OF_THIS_THREAD = Path.of("/proc/thread-self/schedstat");
    private static final int LONGEST_BYTES = 3 * 21; // three numbers, each with the character behind it

    private final Path name;
    private final FileChannel file; // stays that of the thread that opened it
    private final ByteBuffer text = ByteBuffer.allocateDirect(LONGEST_BYTES);
    private long workedNanos;

    private SchedulerStatistics(Path name) throws IOException {
        this.name = name;
        file = FileChannel.open(name);
    }

    /** @throws IOException the system keeps none, or does not show them */
    static SchedulerStatistics open() throws IOException {
        return open(OF_THIS_THREAD);
    }

    /** @throws IOException the file is not what it should be, or says that its thread has never run: nobody counts */
    static SchedulerStatistics open(Path name) throws IOException {
        SchedulerStatistics opened = new SchedulerStatistics(name);
        try {
            opened.read();
            if (opened.workedNanos == 0) throw new IOException(name + ": the system does not count");
        } catch (IOException e) {
            opened.close();
            throw e;
        }
        return opened;
    }

    @Override
    public long workedNanos() {
        try {
            read();
        } catch (IOException e) {
            LOG.debug("{} cannot be read any more, the last figure stays", name, e);
        }
        return workedNanos;
    }

    private void read() throws IOException {
        text.clear();
        file.read(text, 0);
        text.flip();
        long ranNanos = nextNumber();
        workedNanos = Math.max(workedNanos, ranNanos + nextNumber());
    }

    private long nextNumber() throws IOException {
        long number = 0;
        while (text.hasRemaining()) {
            byte next = text.get();
            if (next < '0' || next > '9') return number;
            number = 10 * number + next - '0';
        }
        throw new IOException(name + ": a number is missing or not whole");
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.debug("{} cannot be closed", name, e);
        }
    }
}
