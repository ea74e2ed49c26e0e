package dev.antiphon.bench.suite;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * On which processors the target runs, and on which its callers and the model.
 *
 * <p>Threading: immutable.
 *
 * @param taskset the program that pins; empty: nothing is pinned
 * @param note how it is, for the report
 */
record Pinning(Optional<Path> taskset, String gatewayCpu, String harnessCpu, String note) {

    static Pinning of(String gatewayCpu, String harnessCpu) {
        return of(Programs.find("taskset"), Runtime.getRuntime().availableProcessors(), gatewayCpu, harnessCpu);
    }

    static Pinning of(Optional<Path> taskset, int processors, String gatewayCpu, String harnessCpu) {
        if (taskset.isEmpty()) return none("not pinned: taskset is not installed");
        if (processors < 2) return none("not pinned: one processor carries target, callers and model alike");
        return new Pinning(
                taskset,
                gatewayCpu,
                harnessCpu,
                "target on processor " + gatewayCpu + ", callers and model on processor " + harnessCpu);
    }

    private static Pinning none(String note) {
        return new Pinning(Optional.empty(), "", "", note);
    }

    Launch gateway(Launch launch) {
        return on(gatewayCpu, launch);
    }

    Launch harness(Launch launch) {
        return on(harnessCpu, launch);
    }

    private Launch on(String cpu, Launch launch) {
        if (taskset.isEmpty()) return launch;
        List<String> command = new ArrayList<>(List.of(taskset.orElseThrow().toString(), "-c", cpu));
        command.addAll(launch.command());
        return new Launch(command, launch.environment());
    }
}
