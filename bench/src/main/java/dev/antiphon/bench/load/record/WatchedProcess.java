package dev.antiphon.bench.load.record;

import java.io.IOException;
import java.util.Map;

/**
 * What a process took during a run: sampled before any session, when all were connected, and at both ends of what is
 * measured.
 *
 * <p>Threading: confined to its caller.
 */
final class WatchedProcess {
    private static final ProcessWatch.Sample NOTHING = new ProcessWatch.Sample(0, 0, 0);

    private final ProcessWatch watch;
    private ProcessWatch.Sample idle = NOTHING;
    private ProcessWatch.Sample connected = NOTHING;
    private ProcessWatch.Sample from = NOTHING;
    private ProcessWatch.Sample to = NOTHING;

    WatchedProcess(ProcessWatch watch) {
        this.watch = watch;
    }

    void onIdle() throws IOException {
        idle = watch.sample();
    }

    void onConnected() throws IOException {
        connected = watch.sample();
    }

    void onMeasuringBegins() throws IOException {
        from = watch.sample();
    }

    void onMeasuringEnds() throws IOException {
        to = watch.sample();
    }

    String name() {
        return watch.name();
    }

    double cpuSeconds() {
        return (to.cpuNanos() - from.cpuNanos()) / 1e9;
    }

    long rssBytes() {
        return to.rssBytes();
    }

    void writeTo(Map<String, Object> properties) {
        String rss = "rss." + watch.name();
        properties.put("pid." + watch.name(), watch.pid());
        properties.put("cpu." + watch.name() + ".seconds", cpuSeconds());
        properties.put(rss + ".idle.bytes", idle.rssBytes());
        properties.put(rss + ".connected.bytes", connected.rssBytes());
        properties.put(rss + ".bytes", to.rssBytes());
        properties.put(rss + ".anonymous.idle.bytes", idle.anonymousBytes());
        properties.put(rss + ".anonymous.connected.bytes", connected.anonymousBytes());
        properties.put(rss + ".anonymous.bytes", to.anonymousBytes());
    }
}
