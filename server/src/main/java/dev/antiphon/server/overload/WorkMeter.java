package dev.antiphon.server.overload;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * For how long the thread that opened it has worked.
 *
 * <p>Threading: confined to the thread that opened it.
 */
interface WorkMeter extends AutoCloseable {
    /** Nanoseconds since some moment; never less than before. */
    long workedNanos();

    @Override
    default void close() {}

    /** Makes the meter of the thread that asks. */
    interface Source {
        WorkMeter open();
    }

    /**
     * The meter of the current thread: Linux's scheduler knows also how long it waited for a processor; elsewhere its time
     * on a processor is taken, which shows nothing of what else a shared core does.
     */
    static WorkMeter ofThisThread() {
        try {
            return SchedulerStatistics.open();
        } catch (IOException e) {
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            return threads.isCurrentThreadCpuTimeSupported() ? threads::getCurrentThreadCpuTime : () -> 0;
        }
    }
}
