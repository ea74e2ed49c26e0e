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

    private static final Path FILE = Path.of("/proc/thread-self/schedstat");
    private static final int LONGEST_BYTES = 3 * 21; // three numbers, each with the character behind it

    private final FileChannel file; // stays that of the thread that opened it
    private final ByteBuffer text = ByteBuffer.allocateDirect(LONGEST_BYTES);
    private long workedNanos;

    private SchedulerStatistics(FileChannel file) {
        this.file = file;
    }

    /** @throws IOException the system keeps none, or does not show them */
    static SchedulerStatistics open() throws IOException {
        SchedulerStatistics opened = new SchedulerStatistics(FileChannel.open(FILE));
        try {
            opened.read();
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
            LOG.debug("{} cannot be read any more, the last figure stays", FILE, e);
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
        throw new IOException(FILE + ": a number is missing or not whole");
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.debug("{} cannot be closed", FILE, e);
        }
    }
}
