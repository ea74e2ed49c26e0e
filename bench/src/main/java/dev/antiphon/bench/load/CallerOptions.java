package dev.antiphon.bench.load;

import dev.antiphon.bench.load.caller.CallerSettings;
import dev.antiphon.bench.load.caller.CallerSettings.Protocol;
import dev.antiphon.bench.load.caller.CallerSettings.Turns;
import dev.antiphon.bench.load.caller.CallerSettings.Uplink;
import dev.antiphon.bench.load.caller.Callers;
import dev.antiphon.bench.load.caller.ConversationPlan;
import dev.antiphon.bench.load.caller.ConversationPlan.Span;
import dev.antiphon.bench.load.record.CutLedger;
import dev.antiphon.bench.load.record.HarnessVerdict;
import dev.antiphon.bench.load.record.LoadRecorder;
import dev.antiphon.bench.load.record.ProcessWatch;
import dev.antiphon.bench.load.record.RunJournal;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is said of the callers on the command line. */
final class CallerOptions {
    private static final int SILENCE_OF_VAD_MILLIS = 500; // the default of the protocol

    @Option(names = "--sessions", paramLabel = "N", description = "Callers at once (${DEFAULT-VALUE}).")
    private int sessions = 10;

    @Option(names = "--seconds", paramLabel = "S", description = "What is measured (${DEFAULT-VALUE}).")
    private int seconds = 30;

    @Option(names = "--warmup", paramLabel = "S", description = "What goes before it (${DEFAULT-VALUE}).")
    private int warmUpSeconds = 10;

    @Option(names = "--out", paramLabel = "DIR", description = "Where the run is written (${DEFAULT-VALUE}).")
    private Path out = Path.of("load-run");

    @Option(
            names = "--protocol",
            paramLabel = "NAME",
            description = "realtime (the default), pcm, or sse: a chat completion for each turn.")
    private Protocol protocol = Protocol.REALTIME;

    @Option(
            names = "--turns",
            paramLabel = "WHO",
            description = "Who ends turns and cuts answers: server_vad (the default; not with sse) or manual.")
    private @Nullable Turns turns; // null: as the protocol has it

    @Option(
            names = "--uplink",
            paramLabel = "WHAT",
            description = "audio (the default), or none: callers write, and load the downlink alone.")
    private Uplink uplink = Uplink.AUDIO;

    @Option(
            names = "--pauses",
            paramLabel = "WHAT",
            description =
                    "Between turns: silence, sent like speech, or nothing. Manual turns have nothing, others silence.")
    private @Nullable Pauses pauses; // null: as the turns have it

    @Option(
            names = "--barge-in-rate",
            paramLabel = "R",
            description = "Share of answers that are not heard to their end (${DEFAULT-VALUE}).")
    private double bargeInRate = 0.1;

    @Option(
            names = "--speak-millis",
            paramLabel = "MIN,MAX",
            split = ",",
            splitSynopsisLabel = "",
            arity = "1",
            description = "A turn of a caller (1500,3500).")
    private int[] speakMillis = {1_500, 3_500};

    @Option(
            names = "--listen-millis",
            paramLabel = "MIN,MAX",
            split = ",",
            splitSynopsisLabel = "",
            arity = "1",
            description = "From the end of a turn to the next (4500,7000).")
    private int[] listenMillis = {4_500, 7_000};

    @Option(
            names = "--cut-in-millis",
            paramLabel = "MIN,MAX",
            split = ",",
            splitSynopsisLabel = "",
            arity = "1",
            description = "The same where the answer is cut, besides the silence that ends a turn (600,1400).")
    private int[] cutInMillis = {600, 1_400};

    @Option(names = "--seed", paramLabel = "N", description = "Of all that callers do (${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--threads", paramLabel = "N", description = "Event loops of the callers (${DEFAULT-VALUE}).")
    private int threads = 1;

    @Option(names = "--ramp", paramLabel = "N", description = "Connections made in a second (${DEFAULT-VALUE}).")
    private int connectsPerSecond = 500;

    @Option(names = "--spin", description = "Look at the clock without pause: exact, for a core of each thread.")
    private boolean isSpinning;

    @Option(names = "--late-millis", paramLabel = "MS", description = "A slower piece is late (${DEFAULT-VALUE}).")
    private int lateMillis = 100;

    @Option(
            names = "--watch",
            paramLabel = "NAME=PID",
            split = ",",
            splitSynopsisLabel = "",
            description = "Processes whose CPU time and memory are written down.")
    private Map<String, Long> watched = new LinkedHashMap<>();

    @Option(names = "--tolerate-slow", description = "Exit with 0 even where the harness was too slow.")
    private boolean isSlownessTolerated;

    private enum Pauses {
        SILENCE,
        NOTHING
    }

    LoadRecorder newRecorder() {
        return new LoadRecorder(TimeUnit.MILLISECONDS.toNanos(lateMillis));
    }

    void watch(String name, long pid) {
        watched.putIfAbsent(name, pid);
    }

    /** Whether they speak plain HTTP. */
    boolean readEvents() {
        return protocol == Protocol.SSE;
    }

    /**
     * @param ofTarget see {@link LoadRun}
     * @return the exit code
     */
    int hold(
            URI target,
            LoadRecorder recorder,
            CutLedger cuts,
            Supplier<Map<String, Object>> ofTarget,
            PrintWriter console,
            PrintWriter progress)
            throws IOException, InterruptedException {
        LoadRun run = new LoadRun(
                target,
                settings(),
                new Callers.Size(sessions, threads, connectsPerSecond, isSpinning),
                new LoadRun.Length(warmUpSeconds, seconds),
                recorder,
                cuts,
                ofTarget);
        try (RunJournal journal = new RunJournal(out, recorder, watches(), progress)) {
            HarnessVerdict verdict = run.hold(journal, console);
            return verdict.isOk() || isSlownessTolerated ? 0 : 1;
        }
    }

    private CallerSettings settings() {
        Turns who = turns != null ? turns : protocol == Protocol.SSE ? Turns.MANUAL : Turns.SERVER_VAD;
        boolean isHeard = who == Turns.SERVER_VAD && uplink == Uplink.AUDIO;
        if (isHeard && pauses == Pauses.NOTHING) {
            throw new IllegalArgumentException(
                    "--pauses: nothing (expected: silence, or nobody hears the end of a turn)");
        }
        boolean pausesAreSent = pauses == null ? isHeard : pauses == Pauses.SILENCE;
        int silenceMillis = isHeard ? SILENCE_OF_VAD_MILLIS : 0;
        ConversationPlan plan = new ConversationPlan(
                seed,
                span("--speak-millis", speakMillis, 0),
                span("--listen-millis", listenMillis, 0),
                span("--cut-in-millis", cutInMillis, silenceMillis),
                bargeInRate);
        return new CallerSettings(protocol, who, uplink, pausesAreSent, plan);
    }

    private static Span span(String option, int[] millis, int more) {
        if (millis.length != 2) throw new IllegalArgumentException(option + " (expected: MIN,MAX)");
        return new Span(millis[0] + more, millis[1] + more);
    }

    private List<ProcessWatch> watches() {
        List<ProcessWatch> watches = new ArrayList<>();
        watched.forEach((name, pid) -> watches.add(new ProcessWatch(name, pid)));
        return watches;
    }
}
