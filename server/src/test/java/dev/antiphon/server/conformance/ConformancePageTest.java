package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code docs/realtime-conformance.md} says what the tests and the product say. */
class ConformancePageTest {
    private static final String WRITE = "antiphon.docs.write";

    @Test
    void thePageIsWhatTheTestsAndTheProductSay() throws IOException {
        Path page = docs().resolve("realtime-conformance.md");
        String expected = ConformancePage.text();
        if (Boolean.getBoolean(WRITE)) Files.writeString(page, expected);
        assertThat(Files.exists(page) ? Files.readString(page) : "")
                .as(page + " is generated; to write it again: mvn -pl core,server -am test "
                        + "-Dtest=ConformancePageTest -Dsurefire.failIfNoSpecifiedTests=false -D" + WRITE + "=true")
                .isEqualTo(expected);
    }

    /** Maven runs the tests in the module's directory, an IDE perhaps in the project's. */
    private static Path docs() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("docs")) ? here.resolve("docs") : here.resolveSibling("docs");
    }
}
