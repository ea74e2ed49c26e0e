package dev.antiphon.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a target is run is said in a word or two. */
class ContenderTest {
    private static final Contender GATEWAY = Contender.of(Target.ANTIPHON, Path.of("/jdk17/java"), List.of("-Xmx1g"));

    @Test
    void aVariantAddsItsFlagsToThoseOfAll() {
        Contender variant = GATEWAY.variant("zgc=-XX:+UseZGC -Xlog:gc=info");
        assertThat(variant.label()).isEqualTo("antiphon-zgc");
        assertThat(variant.jvmFlags()).containsExactly("-Xmx1g", "-XX:+UseZGC", "-Xlog:gc=info");
        assertThat(variant.java()).isEqualTo(GATEWAY.java());
    }

    @Test
    void aVariantMayHaveAnotherJvmAndOtherCallers() {
        Contender variant = GATEWAY.variant("other=java:/jdk25/java protocol:pcm env:ANTIPHON_LOOPS=2");
        assertThat(variant.java()).isEqualTo(Path.of("/jdk25/java"));
        assertThat(variant.protocol()).isEqualTo("pcm");
        assertThat(variant.environment()).containsExactly(Map.entry("ANTIPHON_LOOPS", "2"));
        assertThat(variant.jvmFlags()).containsExactly("-Xmx1g");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "zgc", "=-XX:+UseZGC", "a/b=-Xint"})
    void aVariantWithoutANameOfItsOwnIsRefused(String definition) {
        assertThatThrownBy(() -> GATEWAY.variant(definition)).hasMessageContaining("expected: NAME=WORD");
    }

    @Test
    void onlyTheGatewayIsLeftToHearWhenATurnEnds() {
        Load load = load("audio");
        assertThat(load.turnsWith(Target.ANTIPHON)).isEqualTo("server_vad");
        assertThat(load.turnsWith(Target.NODE)).isEqualTo("manual");
        assertThat(load("none").turnsWith(Target.ANTIPHON)).isEqualTo("manual");
    }

    private static Load load(String uplink) {
        return new Load(uplink, "server_vad", new Load.Length(0, 1), 1, List.of(), List.of());
    }

    @Test
    void withoutTasksetOrASecondProcessorNothingIsPinnedAndItIsSaid() {
        Launch launch = Launch.of("relay");
        Pinning alone = Pinning.of(Optional.of(Path.of("/bin/taskset")), 1, "0", "1");
        assertThat(alone.gateway(launch)).isEqualTo(launch);
        assertThat(alone.note()).startsWith("not pinned: one processor");
        assertThat(Pinning.of(Optional.empty(), 8, "0", "1").note()).startsWith("not pinned: taskset");

        Pinning pinned = Pinning.of(Optional.of(Path.of("/bin/taskset")), 2, "0", "1");
        assertThat(pinned.gateway(launch).command()).containsExactly("/bin/taskset", "-c", "0", "relay");
        assertThat(pinned.harness(launch).command()).containsExactly("/bin/taskset", "-c", "1", "relay");
    }
}
