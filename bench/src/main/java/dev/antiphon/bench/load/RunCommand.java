package dev.antiphon.bench.load;

import dev.antiphon.bench.load.record.Count;
import dev.antiphon.bench.load.record.CutLedger;
import dev.antiphon.bench.load.record.LoadRecorder;
import dev.antiphon.bench.load.upstream.ScriptedUpstream;
import dev.antiphon.bench.load.upstream.UpstreamListener;
import dev.antiphon.server.Gateway;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code load run}: all in one process. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        showDefaultValues = false,
        description = "Callers, gateway and model in one process; with --target the gateway is somebody else's.")
final class RunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private CallerOptions callers = new CallerOptions();

    @Mixin
    private UpstreamOptions upstreamOptions = new UpstreamOptions();

    @Mixin
    private GatewayOptions gatewayOptions = new GatewayOptions();

    @Option(
            names = "--target",
            paramLabel = "URL",
            description = "Whom callers call: ws://host:port[/path]; without it a gateway in this process.")
    private @Nullable URI target; // null: our own gateway

    @Option(
            names = "--direct",
            description = "Callers call the model itself, which speaks Realtime and SSE: nothing between.")
    private boolean isDirect;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter progress = spec.commandLine().getErr();
        LoadRecorder recorder = callers.newRecorder();
        CutLedger cuts = new CutLedger(recorder);
        callers.watch("process", ProcessHandle.current().pid());
        try (ScriptedUpstream upstream = upstreamOptions.start(new Told(recorder, cuts))) {
            progress.println("model: " + upstream.baseUrl() + ", directly " + upstream.directUrl());
            if (target != null) return callers.hold(target, recorder, cuts, Map::of, out, progress);
            if (isDirect) {
                URI model = callers.readEvents() ? upstream.baseUrl().resolve("/") : upstream.directUrl();
                return callers.hold(model, recorder, cuts, Map::of, out, progress);
            }
            try (Gateway gateway = gatewayOptions.start(upstream.baseUrl().toString())) {
                progress.println(gateway.description());
                URI url = URI.create("ws://127.0.0.1:" + gateway.address().getPort());
                return callers.hold(url, recorder, cuts, () -> Map.of("gateway", gateway.description()), out, progress);
            }
        }
    }

    /** Enters what the model sees into the same record. */
    private record Told(LoadRecorder recorder, CutLedger cuts) implements UpstreamListener {
        @Override
        public void onCut(long answerId, long nowNanos) {
            cuts.onGone(answerId, nowNanos);
        }

        @Override
        public void onWrittenInVain(int bytes) {
            recorder.add(Count.BYTES_IN_VAIN, bytes);
        }
    }
}
