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
                String.valueOf(point.sessions()),
                "--seconds",
                String.valueOf(load.length().seconds()),
                "--warmup",
                String.valueOf(load.length().warmupSeconds()),
                "--seed",
                String.valueOf(load.seed() + point.round()),
                "--tolerate-slow",
                "--out",
                out.toString()));
        arguments.addAll(load.callerOptions());
        if (!watch.isEmpty()) {
            List<String> watched = new ArrayList<>();
            watch.forEach((name, pid) -> watched.add(name + "=" + pid));
            arguments.addAll(List.of("--watch", String.join(",", watched)));
        }
        return launch(arguments);
    }

    private Launch launch(List<String> arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(arguments);
        return new Launch(command, Map.of());
    }
}
