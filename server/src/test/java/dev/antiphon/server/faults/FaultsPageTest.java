package dev.antiphon.server.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.twin.Twin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code docs/faults.md} has each fault that can be ordered, and says of it what the tests say. */
class FaultsPageTest {
    private static final int NAME = 1;
    private static final int NUMBER = 2;
    private static final int TWIN = 3;
    private static final int CLIENT = 5;

    @Test
    void thePageSaysWhatTheTwinDoesAndWhatTheClientHears() throws IOException {
        List<String[]> rows = Files.readAllLines(docs().resolve("faults.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\s*\\|\\s*", -1))
                .toList();
        Map<String, String> faults = Twin.faults();
        assertThat(rows.stream().map(row -> row[NAME].replace("`", ""))).containsExactlyElementsOf(faults.keySet());
        for (String[] row : rows) {
            FaultRow expected = FaultRow.of(row[NAME].replace("`", ""));
            assertThat(row[NUMBER]).as(row[NAME]).isEqualTo(expected.number());
            assertThat(row[TWIN]).as(row[NAME]).isEqualTo(faults.get(expected.name()));
            assertThat(row[CLIENT]).as(row[NAME]).startsWith(beginning(expected));
        }
    }

    /** Maven runs the tests in the module's directory, an IDE perhaps in the project's. */
    private static Path docs() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("docs")) ? here.resolve("docs") : here.resolveSibling("docs");
    }

    private static String beginning(FaultRow row) {
        FaultRow.Failure failure = row.failure();
        if (failure == null) return "completed";
        return "failed, `" + failure.type() + "`" + (failure.code() == null ? "" : " `" + failure.code() + "`");
    }
}
