package dev.antiphon.server.overload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerStatisticsTest {
    @TempDir
    Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("schedstat"), text);
    }

    @Test
    void workIsWhatRanAndWhatWaitedToRun() throws IOException {
        try (SchedulerStatistics statistics = SchedulerStatistics.open(file("700 42 3\n"))) {
            assertThat(statistics.workedNanos()).isEqualTo(742);
            file("1000000000000 9000000000000 123456\n");
            assertThat(statistics.workedNanos()).isEqualTo(10_000_000_000_000L);
        }
    }

    @Test
    void itNeverGoesBackAndStaysWhereItCannotBeRead() throws IOException {
        try (SchedulerStatistics statistics = SchedulerStatistics.open(file("700 42 3\n"))) {
            file("600 42 3\n");
            assertThat(statistics.workedNanos()).isEqualTo(742);
            file("");
            assertThat(statistics.workedNanos()).isEqualTo(742);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 0 0\n", "", "700", "700 42"})
    void whatCountsNothingOrIsCutIsRefused(String text) throws IOException {
        Path file = file(text);
        assertThatThrownBy(() -> SchedulerStatistics.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void whatIsNotThereIsRefused() {
        assertThatThrownBy(() -> SchedulerStatistics.open(folder.resolve("none")))
                .isInstanceOf(IOException.class);
    }
}
