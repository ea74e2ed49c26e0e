package dev.antiphon.bench.suite;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The command lines of the load harness: the scripted model and the callers.
 *
 * <p>Threading: immutable.
 *
 * @param prefix a JVM and the program, up to where {@code load} stands
 */
record Engine(List<String> prefix) {
    private static final long CROWDS_SEED = 1_000;

    /** The harness in this very program. */
    static Engine own(List<String> jvmFlags) {
        List<String> prefix = new ArrayList<>();
        prefix.add(Jvm.own().toString());
        prefix.addAll(jvmFlags);
        prefix.addAll(List.of("-cp", System.getProperty("java.class.path", ""), "dev.antiphon.bench.BenchMain"));
        return new Engine(prefix);
    }

    Launch upstream(Load load, int port) {
        List<String> arguments = new ArrayList<>(List.of("load", "upstream", "--listen", Loopback.HOST + ":" + port));
        arguments.addAll(load.upstreamOptions());
        return launch(arguments);
    }

    /** @param watch processes whose CPU and memory are taken, by name */
    Launch callers(Point point, Load load, int port, Map<String, Long> watch, Path out) {
        List<String> arguments = callers(point, point.sessions(), load, load.length(), load.seed(), port, out);
        if (!watch.isEmpty()) {
            List<String> watched = new ArrayList<>();
            watch.forEach((name, pid) -> watched.add(name + "=" + pid));
            arguments.addAll(List.of("--watch", String.join(",", watched)));
        }
        return launch(arguments);
    }

    /** The callers who come later. */
    Launch crowd(Crowd crowd, Point point, Load load, int port, Path out) {
        List<String> arguments = callers(
                point, crowd.sessions(), load, crowd.length(load.length()), load.seed() + CROWDS_SEED, port, out);
        arguments.addAll(List.of(
                "--ramp",
                String.valueOf(crowd.perSecond()),
                "--connect-after",
                String.valueOf(crowd.startSeconds(load.length()))));
        return launch(arguments);
    }

    private static List<String> callers(
            Point point, int sessions, Load load, Load.Length length, long seed, int port, Path out) {
        String protocol = point.contender().protocol();
        List<String> arguments = new ArrayList<>(List.of(
                "load",
                "callers",
                "--target",
                (protocol.equals("sse") ? "http://" : "ws://") + Loopback.HOST + ":" + port,
                "--protocol",
                protocol,
                "--turns",
                load.turnsWith(point.contender().target()),
                "--uplink",
                load.uplink(),
                "--sessions",
                String.valueOf(sessions),
                "--seconds",
                String.valueOf(length.seconds()),
                "--warmup",
                String.valueOf(length.warmupSeconds()),
                "--seed",
                String.valueOf(seed + point.round()),
                "--tolerate-slow",
                "--out",
                out.toString()));
        arguments.addAll(load.callerOptions());
        return arguments;
    }

    private Launch launch(List<String> arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(arguments);
        return new Launch(command, Map.of());
    }
}
