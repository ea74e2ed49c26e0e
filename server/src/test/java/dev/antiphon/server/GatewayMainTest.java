package dev.antiphon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class GatewayMainTest {
    @Test
    void aProcessPoolsItsBuffersAndDoesNotFollowThem() {
        assertThat(after(Map.of()))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("io.netty.allocator.type", "pooled", "io.netty.leakDetection.level", "disabled"));
    }

    @Test
    void whatTheCommandLineSaysStays() {
        Map<String, String> said =
                Map.of("io.netty.allocator.type", "adaptive", "io.netty.leakDetection.level", "paranoid");
        assertThat(after(said)).containsExactlyInAnyOrderEntriesOf(said);
    }

    @Test
    void nettysOldNameOfTheLeakDetectionCountsToo() {
        assertThat(after(Map.of("io.netty.leakDetectionLevel", "simple")))
                .doesNotContainKey("io.netty.leakDetection.level");
    }

    private static Properties after(Map<String, String> said) {
        Properties properties = new Properties();
        properties.putAll(said);
        GatewayMain.preferOurs(properties);
        return properties;
    }
}
