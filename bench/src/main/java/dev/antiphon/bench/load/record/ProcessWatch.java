package dev.antiphon.bench.load.record;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * What one process takes of this machine, as Linux tells it in {@code /proc}.
 *
 * <p>Threading: immutable.
 *
 * @param name of the process in the report
 */
public record ProcessWatch(String name, long pid) {
    /** USER_HZ, the same on every Linux that Java runs on; it is also the grain of the figures. */
    private static final long NANOS_PER_CLOCK_TICK = TimeUnit.MILLISECONDS.toNanos(10);

    // proc(5), /proc/pid/stat: fields 14 and 15 are utime and stime; the command in field 2 may hold blanks.
    private static final int UTIME_BEHIND_COMMAND = 11;

    /**
     * A moment's figures.
     *
     * @param rssBytes of which {@code anonymousBytes} belong to the process alone
     */
    public record Sample(long cpuNanos, long rssBytes, long anonymousBytes) {}

    /** @throws IOException there is no such process (any more) */
    public Sample sample() throws IOException {
        Path folder = Path.of("/proc", Long.toString(pid));
        String stat = Files.readString(folder.resolve("stat"), StandardCharsets.US_ASCII);
        String status = Files.readString(folder.resolve("status"), StandardCharsets.US_ASCII);
        return new Sample(cpuNanosIn(stat), bytesIn(status, "VmRSS:"), bytesIn(status, "RssAnon:"));
    }

    static long cpuNanosIn(String stat) {
        String[] behindCommand = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long ticks = Long.parseLong(behindCommand[UTIME_BEHIND_COMMAND])
                + Long.parseLong(behindCommand[UTIME_BEHIND_COMMAND + 1]);
        return ticks * NANOS_PER_CLOCK_TICK;
    }

    static long bytesIn(String status, String key) {
        int at = status.indexOf(key);
        if (at < 0) return 0;
        String line = status.substring(at + key.length(), status.indexOf('\n', at));
        return Long.parseLong(line.replace("kB", "").strip()) * 1024;
    }
}
