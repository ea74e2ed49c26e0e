package dev.antiphon.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What stands beside the gateway is configured for this run, and what the machine lacks is said. */
class PeersTest {
    private static final Path NO_JAR = Path.of("no-such.jar");

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"HAPROXY_TCP", "HAPROXY_HTTP", "NGINX"})
    void aConfigurationNamesBothAddressesAndLeavesNothingOpen(Target target) throws Exception {
        Peers peers = new Peers(folder, NO_JAR, program -> Optional.of(Path.of("/somewhere", program)));
        Launch launch = peers.launch(contender(target), 4711, 4712, folder);

        String config =
                Files.readString(Path.of(launch.command().get(launch.command().size() - 1)));
        assertThat(config).contains("127.0.0.1:4711", "127.0.0.1:4712").doesNotContain("@");
    }

    @ParameterizedTest
    @CsvSource({"HAPROXY_TCP, haproxy", "HAPROXY_HTTP, haproxy", "NGINX, nginx"})
    void theProgramItselfFindsNoFaultWithItsConfiguration(Target target, String program) throws Exception {
        assumeTrue(Programs.find(program).isPresent(), program + " is not installed");
        Peers peers = new Peers(folder, NO_JAR);
        Launch launch = peers.launch(contender(target), Loopback.freePort(), Loopback.freePort(), folder);

        Programs.run(folder, withCheck(launch.command(), program.equals("nginx") ? "-t" : "-c"));
    }

    private static String[] withCheck(List<String> command, String check) {
        String[] checked = command.toArray(new String[command.size() + 1]);
        checked[command.size()] = check;
        return checked;
    }

    @ParameterizedTest
    @CsvSource({
        "RELAY, cc is not installed (apt-get install gcc): left out",
        "HAPROXY_TCP, haproxy is not installed (apt-get install haproxy): left out",
        "NGINX, nginx is not installed (apt-get install nginx): left out",
        "NODE, node is not installed (apt-get install nodejs): left out",
        "ANTIPHON, no-such.jar is not there (mvn package -DskipTests): left out"
    })
    void whatTheMachineLacksIsLeftOutWithTheReason(Target target, String why) throws Exception {
        Peers peers = new Peers(folder, NO_JAR, program -> Optional.empty());

        assertThat(peers.prepare(target)).isFalse();
        assertThat(peers.whyLeftOut(target)).isEqualTo(why);
    }

    @Test
    void theGatewayRunsAsTheProductWithTheModelAsItsUpstream() throws Exception {
        Contender variant = Contender.of(Target.ANTIPHON, Path.of("java"), List.of("-Xmx1g"));
        Launch launch =
                new Peers(folder, NO_JAR).launch(variant, 4711, 4712, Files.createDirectory(folder.resolve("target")));

        assertThat(launch.command())
                .containsExactly(
                        "java",
                        "-Xmx1g",
                        "-jar",
                        "no-such.jar",
                        "serve",
                        "--stage-log",
                        folder.resolve("gateway.hlog").toString());
        assertThat(launch.environment())
                .containsAllEntriesOf(Map.of(
                        "ANTIPHON_LISTEN", "127.0.0.1:4711", "ANTIPHON_UPSTREAM_URL", "http://127.0.0.1:4712/v1"));
    }

    private static Contender contender(Target target) {
        return Contender.of(target, Jvm.own(), List.of());
    }
}
