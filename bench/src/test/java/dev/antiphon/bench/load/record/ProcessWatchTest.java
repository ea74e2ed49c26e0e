package dev.antiphon.bench.load.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessWatchTest {
    @Test
    void theCommandMayHoldBlanksAndBrackets() {
        String stat = "4711 (a b) c) S 1 4711 4711 0 -1 4194304 110 0 0 0 250 17 0 0 20 0 1 0 2425367 2998272 417";
        assertThat(ProcessWatch.cpuNanosIn(stat)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(2_670));
    }

    @Test
    void memoryIsReadInBytes() {
        String status = "Name:\tjava\nVmRSS:\t   95044 kB\nRssAnon:\t   71000 kB\nRssFile:\t 24044 kB\n";
        assertThat(ProcessWatch.bytesIn(status, "VmRSS:")).isEqualTo(95_044L * 1024);
        assertThat(ProcessWatch.bytesIn(status, "RssAnon:")).isEqualTo(71_000L * 1024);
        assertThat(ProcessWatch.bytesIn(status, "VmSwap:")).isZero();
    }

    @Test
    void thisProcessHasBothAndTheyAreItsOwn() throws IOException {
        ProcessWatch.Sample sample =
                new ProcessWatch("self", ProcessHandle.current().pid()).sample();
        assertThat(sample.cpuNanos()).isPositive();
        assertThat(sample.rssBytes()).isGreaterThan(sample.anonymousBytes());
        assertThat(sample.anonymousBytes()).isPositive();
    }

    @Test
    void aProcessThatIsNotThereIsToldOf() {
        assertThatThrownBy(() -> new ProcessWatch("nobody", Integer.MAX_VALUE).sample())
                .isInstanceOf(IOException.class);
    }
}
