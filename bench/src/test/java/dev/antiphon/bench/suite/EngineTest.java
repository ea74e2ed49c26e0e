package dev.antiphon.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The harness is told what to do on its command line, and nothing else. */
class EngineTest {
    private static final Engine ENGINE = new Engine(List.of("java", "bench"));
    private static final Load LOAD = new Load(
            "audio", "server_vad", new Load.Length(5, 60), 40, List.of("--pauses", "silence"), List.of("--pace", "1"));

    @Test
    void callersAreToldTheirTargetTheirLoadAndWhomToWatch() {
        assertThat(callers(Target.ANTIPHON))
                .startsWith(
                        "java bench load callers --target ws://127.0.0.1:4711 --protocol realtime --turns server_vad")
                .contains("--sessions 7 --seconds 60 --warmup 5", "--out out", "--pauses silence")
                .endsWith("--watch gateway=12");
    }

    @Test
    void callersOfAReverseProxySpeakHttp() {
        assertThat(callers(Target.NGINX)).contains("--target http://127.0.0.1:4711 --protocol sse --turns manual");
    }

    @Test
    void allContendersOfARoundHaveTheSameSeedAndAnotherRoundAnother() {
        assertThat(callers(Target.NODE)).contains("--seed 42");
        assertThat(callers(Target.RELAY)).contains("--seed 42");
    }

    @Test
    void theModelIsToldWhereToListen() {
        assertThat(ENGINE.upstream(LOAD, 4712).command())
                .containsExactly("java", "bench", "load", "upstream", "--listen", "127.0.0.1:4712", "--pace", "1");
    }

    private static String callers(Target target) {
        Point point = new Point(Contender.of(target, Jvm.own(), List.of()), 7, 2);
        return String.join(
                " ",
                ENGINE.callers(point, LOAD, 4711, Map.of("gateway", 12L), Path.of("out"))
                        .command());
    }
}
