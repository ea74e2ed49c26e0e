package dev.antiphon.bench.load;

import dev.antiphon.bench.load.caller.CallerSettings;
import dev.antiphon.bench.load.caller.Callers;
import dev.antiphon.bench.load.record.CutLedger;
import dev.antiphon.bench.load.record.HarnessVerdict;
import dev.antiphon.bench.load.record.LoadRecorder;
import dev.antiphon.bench.load.record.RunJournal;
import dev.antiphon.bench.load.record.RunWindow;
import dev.antiphon.time.NanoClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of the callers against one target: connect, warm up, measure, wait for what is under way, leave.
 *
 * <p>Threading: confined to its caller.
 */
final class LoadRun {
    private static final long CONNECT_GRACE_SECONDS = 15;
    private static final long DRAIN_SECONDS = 15;
    private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** How long. */
    record Length(int warmUpSeconds, int seconds) {
        Length {
            if (warmUpSeconds < 0 || seconds < 1) {
                throw new IllegalArgumentException(
                        "warm-up: " + warmUpSeconds + " s, measured: " + seconds + " s (expected: >= 0, > 0)");
            }
        }
    }

    private final URI target;
    private final CallerSettings settings;
    private final Callers.Size size;
    private final Length length;
    private final LoadRecorder recorder;
    private final CutLedger cuts;
    private final Supplier<Map<String, Object>> ofTarget;

    /** @param ofTarget asked at the end what else is to be written down of whom callers called */
    LoadRun(
            URI target,
            CallerSettings settings,
            Callers.Size size,
            Length length,
            LoadRecorder recorder,
            CutLedger cuts,
            Supplier<Map<String, Object>> ofTarget) {
        this.target = target;
        this.settings = settings;
        this.size = size;
        this.length = length;
        this.recorder = recorder;
        this.cuts = cuts;
        this.ofTarget = ofTarget;
    }

    /** @param out told of what went wrong, and the table */
    HarnessVerdict hold(RunJournal journal, PrintWriter out) throws IOException, InterruptedException {
        journal.onIdle();
        try (Callers callers = Callers.connect(target, settings, size)) {
            long rampSeconds = size.sessions() / size.connectsPerSecond();
            if (!callers.awaitConnected(rampSeconds + CONNECT_GRACE_SECONDS)) out.println("not all have connected");
            journal.onConnected();
            if (callers.up() == 0) throw new IOException(target + ": " + callers.firstFailure());
            RunWindow window =
                    RunWindow.of(NanoClock.SYSTEM.nanoTime() + LEAD_NANOS, length.warmUpSeconds(), length.seconds());
            callers.start(window, recorder, cuts);
            follow(callers, window, journal);
            drain(callers, journal);
            return conclude(callers, journal, out);
        }
    }

    private void follow(Callers callers, RunWindow window, RunJournal journal) throws IOException {
        int total = length.warmUpSeconds() + length.seconds();
        awaitNanos(window.startNanos());
        for (int second = 0; second <= total; second++) {
            awaitNanos(window.startNanos() + TimeUnit.SECONDS.toNanos(second));
            boolean isMeasured = second > length.warmUpSeconds();
            if (second == length.warmUpSeconds()) journal.onMeasuringBegins();
            if (second == total) journal.onMeasuringEnds();
            if (isMeasured) journal.onMeasuredSecond(callers.up());
            if (second > 0) journal.onSecond(isMeasured ? "measured" : "warm-up", second, callers.up());
        }
    }

    private void drain(Callers callers, RunJournal journal) throws InterruptedException {
        long startNanos = NanoClock.SYSTEM.nanoTime();
        for (int second = 1; second <= DRAIN_SECONDS && !callers.areSettled(); second++) {
            awaitNanos(startNanos + TimeUnit.SECONDS.toNanos(second));
            journal.onSecond("drain", length.warmUpSeconds() + length.seconds() + second, callers.up());
        }
    }

    private HarnessVerdict conclude(Callers callers, RunJournal journal, PrintWriter out) throws IOException {
        int sessionsFailed = callers.failed();
        @Nullable String why = callers.firstFailure();
        callers.close();
        HarnessVerdict verdict = journal.finish(setting(), sessionsFailed);
        journal.printTable(out);
        if (sessionsFailed > 0) out.println("sessions.failed: " + sessionsFailed + ", the first: " + why);
        out.println(verdict.text());
        out.flush();
        return verdict;
    }

    private Map<String, Object> setting() {
        Map<String, Object> setting = new LinkedHashMap<>();
        setting.put("target", target);
        setting.put("protocol", lower(settings.protocol()));
        setting.put("turns", lower(settings.turns()));
        setting.put("uplink", lower(settings.uplink()));
        setting.put("sessions", size.sessions());
        setting.put("seconds", length.seconds());
        setting.put("warmup.seconds", length.warmUpSeconds());
        setting.put("frame.millis", 20);
        setting.put("pauses.sent", settings.pausesAreSent());
        setting.put("bargein.rate", settings.plan().bargeInRate());
        setting.put("seed", settings.plan().seed());
        setting.putAll(ofTarget.get());
        return setting;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static void awaitNanos(long nanos) {
        for (long left = nanos - NanoClock.SYSTEM.nanoTime(); left > 0; left = nanos - NanoClock.SYSTEM.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
