package dev.antiphon.bench.suite;

import com.sun.net.httpserver.HttpServer;
import dev.antiphon.bench.suite.report.PlantedRun;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Stands in for the load harness in tests of the suite: a model that answers, callers that write what they were told to
 * watch and then do as the first argument says.
 */
public final class ScriptedEngine {
    static final String WATCHED = "watched.txt";

    private ScriptedEngine() {}

    /** @param manner of the callers: {@code measure}, {@code die}, or {@code await-crowd} */
    static Engine whoseCallers(String manner) {
        return new Engine(List.of(
                Jvm.own().toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ScriptedEngine.class.getName(),
                manner));
    }

    public static void main(String[] arguments) throws IOException {
        List<String> told = List.of(arguments);
        if (told.contains("upstream")) serve(after("--listen", told));
        else call(told.get(0), told);
    }

    private static String after(String option, List<String> told) {
        return told.get(told.indexOf(option) + 1);
    }

    private static void serve(String listen) throws IOException {
        int port = Integer.parseInt(listen.substring(listen.indexOf(':') + 1));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
    }

    private static void call(String manner, List<String> told) throws IOException {
        Path out = Path.of(after("--out", told));
        if (told.contains("--watch")) Files.writeString(out.resolve(WATCHED), after("--watch", told));
        boolean isCrowd = out.endsWith("crowd");
        while (manner.equals("await-crowd") && !isCrowd && !Files.exists(out.resolve("crowd/run.properties"))) {
            Thread.onSpinWait();
        }
        if (manner.equals("die")) {
            new PrintStream(System.out, true, StandardCharsets.UTF_8).println("no more file descriptors");
            System.exit(3);
        }
        PlantedRun.in(out)
                .with("sessions", after("--sessions", told))
                .with("seconds", after("--seconds", told))
                .with("turns", after("--turns", told))
                .latency("downlink.hlog", 1_000)
                .plant();
    }
}
