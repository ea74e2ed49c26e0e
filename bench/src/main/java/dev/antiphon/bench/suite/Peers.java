package dev.antiphon.bench.suite;

import dev.antiphon.bench.peers.OpenAiJavaServer;
import dev.antiphon.bench.suite.report.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Everything that can stand between the callers and the model, made ready in one folder: the relay compiled, the packages
 * of Node installed, configurations rendered. What the machine lacks is left out, with the reason.
 *
 * <p>Threading: confined to its caller.
 */
final class Peers {
    private static final String MAX_CONNECTIONS = "20000";

    private final Path folder;
    private final Path antiphonJar;
    private final Function<String, Optional<Path>> programs;
    private final Map<Target, String> versions = new EnumMap<>(Target.class);
    private final Map<Target, String> leftOut = new EnumMap<>(Target.class);

    /** @param folder for what is compiled and installed */
    Peers(Path folder, Path antiphonJar) {
        this(folder, antiphonJar, Programs::find);
    }

    /** @param programs where a program is, by its name */
    Peers(Path folder, Path antiphonJar, Function<String, Optional<Path>> programs) {
        this.folder = folder;
        this.antiphonJar = antiphonJar;
        this.programs = programs;
    }

    /** @return whether it can be run; {@link #version} or {@link #whyLeftOut} say more */
    boolean prepare(Target target) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        try {
            versions.put(
                    target,
                    switch (target) {
                        case DIRECT -> "";
                        case RELAY -> compileRelay();
                        case HAPROXY_TCP, HAPROXY_HTTP -> Programs.version(installed("haproxy", "haproxy"), "-v");
                        case NGINX -> Programs.version(installed("nginx", "nginx"), "-v");
                        case NODE -> installNodePackages();
                        case OPENAI_JAVA -> OpenAiJavaServer.versions();
                        case ANTIPHON -> antiphonVersion();
                    });
            return true;
        } catch (NotHere e) {
            leftOut.put(target, String.valueOf(e.getMessage()));
            return false;
        }
    }

    String version(Target target) {
        return versions.getOrDefault(target, "");
    }

    String whyLeftOut(Target target) {
        return leftOut.getOrDefault(target, "");
    }

    /** @param scratch a folder for what this run of it needs, in that of its point */
    Launch launch(Contender contender, int port, int upstreamPort, Path scratch) throws IOException {
        String upstreamUrl = "http://" + Loopback.HOST + ":" + upstreamPort + "/v1";
        Map<String, String> openAiServer =
                Map.of("PORT", String.valueOf(port), "OPENAI_BASE_URL", upstreamUrl, "OPENAI_API_KEY", "none");
        return switch (contender.target()) {
            case DIRECT -> throw new IllegalArgumentException("direct: there is nothing to launch");
            case RELAY ->
                Launch.of(folder.resolve("relay").toString(), String.valueOf(port), String.valueOf(upstreamPort));
            case HAPROXY_TCP -> haproxy("tcp.cfg", port, upstreamPort, scratch);
            case HAPROXY_HTTP -> haproxy("http.cfg", port, upstreamPort, scratch);
            case NGINX ->
                Launch.of(
                        installed("nginx", "nginx"),
                        "-p",
                        scratch.toString(),
                        "-c",
                        rendered("nginx/nginx.conf", port, upstreamPort, scratch)
                                .toString());
            case NODE ->
                new Launch(
                        List.of(
                                installed("node", "nodejs"),
                                folder.resolve("node/server.mjs").toString()),
                        openAiServer);
            case OPENAI_JAVA -> {
                List<String> command = java(contender);
                command.addAll(
                        List.of("-cp", System.getProperty("java.class.path", ""), OpenAiJavaServer.class.getName()));
                yield new Launch(command, openAiServer);
            }
            case ANTIPHON -> {
                List<String> command = java(contender);
                command.addAll(List.of(
                        "-jar",
                        antiphonJar.toString(),
                        "serve",
                        "--stage-log",
                        scratch.resolveSibling(Run.GATEWAY_LOG).toString()));
                Map<String, String> environment = new HashMap<>(contender.environment());
                environment.put("ANTIPHON_LISTEN", Loopback.HOST + ":" + port);
                environment.put("ANTIPHON_UPSTREAM_URL", upstreamUrl);
                environment.put("ANTIPHON_UPSTREAM_MODEL", "gpt-audio-1.5");
                environment.put(
                        "ANTIPHON_CONFIG",
                        PeerFiles.copy("antiphon/gateway.yaml", scratch).toString());
                yield new Launch(command, environment);
            }
        };
    }

    private static List<String> java(Contender contender) {
        List<String> command = new ArrayList<>();
        command.add(contender.java().toString());
        command.addAll(contender.jvmFlags());
        return command;
    }

    private Launch haproxy(String config, int port, int upstreamPort, Path scratch) throws IOException {
        Path rendered = rendered("haproxy/" + config, port, upstreamPort, scratch);
        return Launch.of(installed("haproxy", "haproxy"), "-db", "-f", rendered.toString());
    }

    private static Path rendered(String template, int port, int upstreamPort, Path scratch) throws IOException {
        Path config = scratch.resolve(Path.of(template).getFileName());
        Files.writeString(
                config,
                PeerFiles.render(
                        template,
                        Map.of(
                                "LISTEN",
                                Loopback.HOST + ":" + port,
                                "UPSTREAM",
                                Loopback.HOST + ":" + upstreamPort,
                                "MAX_CONNECTIONS",
                                MAX_CONNECTIONS,
                                "FOLDER",
                                scratch.toString())));
        return config;
    }

    private String compileRelay() throws IOException, InterruptedException {
        String compiler = installed("cc", "gcc");
        Path source = PeerFiles.copy("relay/relay.c", folder);
        Programs.run(
                folder, compiler, "-O2", "-o", "relay", source.getFileName().toString());
        return "relay.c -O2, " + Programs.version(compiler, "--version");
    }

    private String installNodePackages() throws IOException, InterruptedException {
        String node = installed("node", "nodejs");
        String npm = installed("npm", "npm");
        Path packages = Files.createDirectories(folder.resolve("node"));
        for (String file : List.of("package.json", "package-lock.json", "server.mjs")) {
            PeerFiles.copy("node/" + file, packages);
        }
        try {
            Programs.run(packages, npm, "ci", "--no-audit", "--no-fund", "--prefer-offline");
        } catch (IOException e) {
            throw new NotHere("the packages of Node could not be installed (" + e.getMessage() + "): left out");
        }
        return "node " + Programs.version(node, "--version") + nodePackage(packages, "ws")
                + nodePackage(packages, "openai");
    }

    private static String nodePackage(Path packages, String name) throws IOException {
        String description = Files.readString(packages.resolve("node_modules/" + name + "/package.json"));
        Matcher version = Pattern.compile("\"version\"\\s*:\\s*\"([^\"]+)\"").matcher(description);
        return ", " + name + " " + (version.find() ? version.group(1) : "(version unknown)");
    }

    private String antiphonVersion() throws InterruptedException {
        if (!Files.isRegularFile(antiphonJar)) {
            throw new NotHere(antiphonJar + " is not there (mvn package -DskipTests): left out");
        }
        return Programs.version(Jvm.own().toString(), "-jar", antiphonJar.toString(), "--version");
    }

    private String installed(String program, String debianPackage) {
        return programs.apply(program)
                .map(Path::toString)
                .orElseThrow(() ->
                        new NotHere(program + " is not installed (apt-get install " + debianPackage + "): left out"));
    }

    /** The machine lacks something. */
    private static final class NotHere extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotHere(String message) {
            super(message);
        }
    }
}
