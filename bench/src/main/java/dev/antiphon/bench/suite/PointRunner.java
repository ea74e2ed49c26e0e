package dev.antiphon.bench.suite;

import dev.antiphon.bench.suite.report.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures one point: the model, the target, the callers, each in a process of its own, and none of them afterwards.
 *
 * <p>Threading: confined to its caller.
 */
final class PointRunner {
    private static final long START_MILLIS = 30_000;
    /** Callers need time to connect and to write their logs, besides what they were told. */
    private static final long SPARE_SECONDS = 120;

    private static final int LAST_LINES = 5;
    static final String CROWD = "crowd";

    private final Engine engine;
    private final Peers peers;
    private final Pinning pinning;
    private final Load load;
    private final @Nullable Crowd crowd;
    private final Children children;
    private final Path folder;

    /**
     * @param crowd who comes while others are measured; null: nobody
     * @param folder of the whole suite
     */
    PointRunner(
            Engine engine,
            Peers peers,
            Pinning pinning,
            Load load,
            @Nullable Crowd crowd,
            Children children,
            Path folder) {
        this.engine = engine;
        this.peers = peers;
        this.pinning = pinning;
        this.load = load;
        this.crowd = crowd;
        this.children = children;
        this.folder = folder;
    }

    /** What is measured lies in the point's folder afterwards, and if it failed, why. */
    Run measure(Point point) throws IOException, InterruptedException {
        Path out = Files.createDirectories(point.folderIn(folder));
        PointFile file = new PointFile(point, peers.version(point.contender().target()));
        try {
            measureInto(point, out, file);
        } catch (PointFailed e) {
            file.failed(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            file.failed(String.valueOf(e));
        } finally {
            children.stopAll();
            if (!children.isClosed()) file.writeTo(out);
        }
        return Run.read(out, "");
    }

    private void measureInto(Point point, Path out, PointFile file) throws IOException, InterruptedException {
        Map<String, Long> watch = new LinkedHashMap<>();
        int upstreamPort = Loopback.freePort();
        Child upstream = start("upstream", pinning.harness(engine.upstream(load, upstreamPort)), out);
        awaitAnswer(upstream, upstreamPort);

        Child target = upstream;
        int port = upstreamPort;
        if (point.contender().target() != Target.DIRECT) {
            port = Loopback.freePort();
            Path scratch = Files.createDirectories(out.resolve("target"));
            Launch launch = pinning.gateway(peers.launch(point.contender(), port, upstreamPort, scratch));
            file.command(launch);
            target = start("target", launch, out);
            awaitAnswer(target, port);
            watch.put("gateway", target.pid());
        }
        watch.put("upstream", upstream.pid());

        Child callers = start("callers", pinning.harness(engine.callers(point, load, port, watch, out)), out);
        Child more = crowd == null ? null : startCrowd(crowd, point, port, out.resolve(CROWD));
        awaitEnd(callers, target, upstream);
        if (more != null && !more.endsWithin(1_000 * SPARE_SECONDS)) {
            throw new PointFailed("the crowd does not come to an end");
        }
    }

    /** Its JVM starts now, it connects later. Its measurements are a point of their own, beside those of the callers. */
    private Child startCrowd(Crowd coming, Point point, int port, Path out) throws IOException {
        Files.createDirectories(out);
        Point itsPoint = new Point(point.contender().named(CROWD), coming.sessions(), point.round());
        new PointFile(itsPoint, peers.version(point.contender().target())).writeTo(out);
        return start(CROWD, pinning.harness(engine.crowd(coming, point, load, port, out)), out);
    }

    private Child start(String name, Launch launch, Path out) throws IOException {
        return children.start(name, launch, out.resolve(name + ".log"));
    }

    private static void awaitAnswer(Child server, int port) throws InterruptedException {
        if (Loopback.answers(port, server, START_MILLIS)) return;
        throw new PointFailed(
                server.isAlive()
                        ? server.name() + " does not answer within " + START_MILLIS / 1_000 + " s"
                        : deathOf(server));
    }

    private void awaitEnd(Child callers, Child target, Child upstream) throws InterruptedException {
        long seconds = load.length().warmupSeconds() + 2L * load.length().seconds() + SPARE_SECONDS;
        while (seconds-- > 0) {
            boolean ended = callers.endsWithin(1_000);
            if (!target.isAlive()) throw new PointFailed(deathOf(target));
            if (!upstream.isAlive()) throw new PointFailed(deathOf(upstream));
            if (!ended) continue;
            if (callers.exitCode() != 0) throw new PointFailed(deathOf(callers));
            return;
        }
        throw new PointFailed("the callers do not come to an end:\n" + callers.lastWords(LAST_LINES));
    }

    private static String deathOf(Child child) throws InterruptedException {
        child.endsWithin(1_000);
        return child.name() + " ended with exit code " + child.exitCode() + ":\n" + child.lastWords(LAST_LINES);
    }

    /** The point cannot be measured; the suite goes on. */
    private static final class PointFailed extends RuntimeException {
        private static final long serialVersionUID = 1;

        PointFailed(String message) {
            super(message);
        }
    }
}
