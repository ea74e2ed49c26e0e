package dev.antiphon.bench.suite;

import static java.util.stream.Collectors.joining;

import dev.antiphon.bench.suite.Load.Length;
import dev.antiphon.bench.suite.report.Results;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code suite run}: measures the gateway and its baselines in turn. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measure the gateway and its baselines under the same load, in turn.",
            "For each number of sessions, in each round: start the scripted model and a target, wait until it answers, let"
                    + " the callers call, stop everything. What a target needs and the machine lacks is said, and it is"
                    + " left out."
        },
        footer = {
            "%nExamples:",
            "  suite run --preset smoke --out results",
            "  suite run --preset downlink --targets relay,haproxy-tcp,antiphon,node --out results",
            "  suite run --preset turns --targets antiphon --variant zgc=\"-XX:+UseZGC\" \\",
            "      --variant jdk25=java:/opt/jdk-25/bin/java --out results",
            "  suite report results --out report.html"
        })
final class RunCommand implements Callable<Integer> {
    private static final int EXIT_FAILED = 1;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder for all that is measured; new or empty.")
    private Path out = Path.of("");

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description =
                    "The run that is reported: smoke, downlink, turns or knee (${DEFAULT-VALUE}). smoke: a few seconds"
                            + " of everything. downlink: 2,000 sessions that listen. turns: full duplex, growing in number. knee:"
                            + " more and more sessions until the tail breaks, then halfway. All below can be told otherwise.")
    private String presetName = "smoke";

    @Option(
            names = "--targets",
            split = ",",
            paramLabel = "LABEL",
            description =
                    "Of direct, relay, haproxy-tcp, antiphon, node, openai-java, haproxy-http, nginx; all unless told.")
    private List<String> targets =
            Arrays.stream(Target.values()).map(Target::label).toList();

    @Option(
            names = "--variant",
            paramLabel = "NAME=WORDS",
            description =
                    "The gateway once more, in another way: java:PATH, protocol:pcm, env:NAME=VALUE, flags of the JVM."
                            + " Repeatable.")
    private List<String> variants = List.of();

    @Option(
            names = "--sessions",
            split = ",",
            paramLabel = "N",
            description = "Sessions at once; with knee, the first number that is tried.")
    private @Nullable List<Integer> sessions;

    @Option(names = "--rounds", paramLabel = "N", description = "How often everything is measured.")
    private @Nullable Integer rounds;

    @Option(names = "--seconds", paramLabel = "N", description = "Measured at each point.")
    private @Nullable Integer seconds;

    @Option(names = "--warmup", paramLabel = "N", description = "Seconds before, not counted.")
    private @Nullable Integer warmupSeconds;

    @Option(names = "--cool-down", paramLabel = "N", description = "Seconds between two points.")
    private @Nullable Integer coolDownSeconds;

    @Option(names = "--uplink", paramLabel = "KIND", description = "audio: callers speak; none: they listen only.")
    private @Nullable String uplink;

    @Option(
            names = "--turns",
            paramLabel = "KIND",
            description = "server_vad or manual; targets that do not hear a turn end are always manual.")
    private @Nullable String turns;

    @Option(
            names = "--callers",
            paramLabel = "OPTIONS",
            description = "Further options of load callers, in place of the preset's, such as \"--pauses silence\".")
    private @Nullable String callerOptions;

    @Option(
            names = "--model",
            paramLabel = "OPTIONS",
            description = "Further options of load upstream, in place of the preset's, such as \"--pace 1\".")
    private @Nullable String upstreamOptions;

    @Option(
            names = "--crowd",
            paramLabel = "N@RATE",
            description =
                    "While the sessions are measured, N more come, RATE a second; they speak once all that were taken"
                            + " are there. Reported as a target of its own, whose failed sessions are those turned away.")
    private @Nullable String crowd;

    @Option(names = "--seed", paramLabel = "N", description = "Of what callers do by chance (${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(
            names = "--bound",
            paramLabel = "MILLIS",
            description = "With knee: the p99 above which sessions do not hold (${DEFAULT-VALUE}).")
    private double boundMillis = 5;

    @Option(names = "--gateway-cpu", paramLabel = "LIST", description = "Where the target runs (${DEFAULT-VALUE}).")
    private String gatewayCpu = "0";

    @Option(
            names = "--harness-cpu",
            paramLabel = "LIST",
            description = "Where the callers and the model run (${DEFAULT-VALUE}).")
    private String harnessCpu = "1";

    @Option(
            names = "--gateway-jvm",
            paramLabel = "FLAGS",
            description = "Flags of the gateway's JVM, variants included.")
    private String gatewayJvm = "";

    /** Neither collector nor compiler are to be in the way of what is measured. */
    @Option(
            names = "--harness-jvm",
            paramLabel = "FLAGS",
            description = "Flags of the callers' and the model's JVM, 6 GiB together by default (${DEFAULT-VALUE}).")
    private String harnessJvm = "-Xms3g -Xmx3g -Xmn2500m -XX:+UseSerialGC -XX:+AlwaysPreTouch"
            + " -XX:ThreadPriorityPolicy=1 -XX:CompilerThreadPriority=19";

    @Option(names = "--antiphon-jar", paramLabel = "FILE", description = "The gateway (${DEFAULT-VALUE}).")
    private Path antiphonJar = Path.of("server/target/antiphon.jar");

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter say = spec.commandLine().getOut();
        Preset preset = preset();
        Load load = load(preset.load());
        Crowd coming = crowd(load);
        List<Contender> wanted = contenders();
        Path folder = newFolder();
        Pinning pinning = Pinning.of(gatewayCpu, harnessCpu);
        say.println(Machine.description() + "; " + pinning.note());

        Path workshop = Files.createDirectories(folder.resolve("peers"));
        Peers peers = new Peers(workshop, antiphonJar.toAbsolutePath());
        List<Contender> ready = new ArrayList<>();
        Properties suite = facts(load, pinning);
        if (coming != null) suite.setProperty("load", load + "; crowd " + coming);
        for (Contender contender : wanted) {
            Target target = contender.target();
            if (peers.prepare(target)) {
                ready.add(contender);
                suite.setProperty(Results.FLAGS + contender.label(), flags(contender));
                suite.setProperty(Results.DESCRIPTION + contender.label(), target.description());
                if (coming != null) {
                    suite.setProperty(
                            Results.DESCRIPTION
                                    + contender.named(PointRunner.CROWD).label(),
                            "those who come to " + contender.label() + " while others are measured: " + coming);
                }
                say.println("  " + contender.label() + ": "
                        + (target == Target.DIRECT ? target.description() : peers.version(target)));
            } else {
                suite.setProperty(Results.LEFT_OUT + contender.label(), peers.whyLeftOut(target));
                say.println("  " + contender.label() + ": " + peers.whyLeftOut(target));
            }
            say.flush();
        }
        suite.setProperty(Results.ORDER, ready.stream().map(Contender::label).collect(joining(",")));
        write(suite, folder.resolve(Results.SUITE_FILE));
        if (ready.isEmpty()) {
            say.println("nothing to measure");
            return EXIT_FAILED;
        }

        try (Children children = Children.stoppedAtExit()) {
            PointRunner runner = new PointRunner(
                    Engine.own(Contender.words(harnessJvm)), peers, pinning, load, coming, children, folder);
            int coolDown = or(coolDownSeconds, preset.coolDownSeconds());
            int failed = new Suite(
                            runner, schedule(preset, ready), new Progress(say), Math.round(boundMillis * 1e6), coolDown)
                    .measureAll();
            if (failed > 0) say.println(failed + " points failed");
            say.println("suite report " + out + " --out report.html");
            return failed == 0 ? 0 : EXIT_FAILED;
        }
    }

    private Preset preset() {
        try {
            return Preset.named(presetName);
        } catch (IllegalArgumentException e) {
            throw unusable(e);
        }
    }

    private Load load(Load preset) {
        try {
            return new Load(
                    uplink == null ? preset.uplink() : uplink,
                    turns == null ? preset.turns() : turns,
                    new Length(
                            or(warmupSeconds, preset.length().warmupSeconds()),
                            or(seconds, preset.length().seconds())),
                    seed,
                    callerOptions == null ? preset.callerOptions() : Contender.words(callerOptions),
                    upstreamOptions == null ? preset.upstreamOptions() : Contender.words(upstreamOptions));
        } catch (IllegalArgumentException e) {
            throw unusable(e);
        }
    }

    private @Nullable Crowd crowd(Load load) {
        if (crowd == null) return null;
        try {
            Crowd coming = Crowd.of(crowd);
            coming.length(load.length()); // there is time for it
            return coming;
        } catch (IllegalArgumentException e) {
            throw unusable(e);
        }
    }

    private List<Contender> contenders() {
        try {
            List<Contender> contenders = new ArrayList<>();
            for (String label : targets) {
                Target target = Target.of(label);
                boolean gateway = target == Target.ANTIPHON;
                Contender contender =
                        Contender.of(target, Jvm.own(), gateway ? Contender.words(gatewayJvm) : List.of());
                contenders.add(contender);
                if (gateway) variants.forEach(definition -> contenders.add(contender.variant(definition)));
            }
            return contenders;
        } catch (IllegalArgumentException e) {
            throw unusable(e);
        }
    }

    private ParameterException unusable(IllegalArgumentException fault) {
        return new ParameterException(spec.commandLine(), String.valueOf(fault.getMessage()));
    }

    private Path newFolder() throws IOException {
        Path folder = Files.createDirectories(out.toAbsolutePath().normalize());
        try (Stream<Path> files = Files.list(folder)) {
            if (files.findAny().isPresent()) {
                throw new ParameterException(
                        spec.commandLine(), "--out: " + out + " is not empty (expected: a new or empty folder)");
            }
        }
        return folder;
    }

    private Schedule schedule(Preset preset, List<Contender> ready) {
        List<Integer> counts = sessions == null ? preset.sessions() : sessions;
        int times = or(rounds, preset.rounds());
        return preset == Preset.KNEE
                ? new KneeSchedule(ready, counts.get(0), times)
                : new FixedSchedule(ready, counts, times);
    }

    private Properties facts(Load load, Pinning pinning) {
        Properties facts = new Properties();
        facts.setProperty("machine", Machine.description());
        facts.setProperty("pinning", pinning.note());
        facts.setProperty("jdk", Machine.jdk());
        facts.setProperty(
                "started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.setProperty("load", load.toString());
        List<String> arguments = spec.root().commandLine().getParseResult().originalArgs();
        facts.setProperty(
                "command",
                "java -jar bench/target/antiphon-bench.jar suite "
                        + arguments.stream().map(RunCommand::quoted).collect(joining(" ")));
        return facts;
    }

    private static String quoted(String argument) {
        return argument.matches("[\\w./:,=+-]+") ? argument : "'" + argument + "'";
    }

    private static String flags(Contender contender) {
        List<String> words = new ArrayList<>(contender.jvmFlags());
        if (!contender.java().equals(Jvm.own())) words.add(0, contender.java().toString());
        if (!contender.protocol().equals(contender.target().protocol())) words.add(contender.protocol());
        contender.environment().forEach((name, value) -> words.add(name + "=" + value));
        return String.join(" ", words);
    }

    private static void write(Properties properties, Path file) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        }
    }

    private static int or(@Nullable Integer told, int preset) {
        return told == null ? preset : told;
    }
}
