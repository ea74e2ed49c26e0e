package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.antiphon.testing.CountingReplyListener;
import dev.antiphon.testing.RecordedGrammar;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What the path of the sound may allocate once it is warm. Buffers are given back to their pool at once, and the leak
 * detector, which would be part of what is counted, stays with the other tests.
 */
class AllocationTest {
    private static final int WARM_UP_ROUNDS = 20_000;
    private static final int ROUNDS = 10_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final CountingReplyListener heard = new CountingReplyListener();
    private final DeltaParser parser = new DeltaParser(heard);

    @Test
    void aTickAllocatesNothing() {
        byte[] tick = event("\"service_tier\"", "\"choices\"");
        assertThat(bytesPerEvent(tick)).isZero();
        assertThat(heard.otherCalls()).isEqualTo(WARM_UP_ROUNDS + ROUNDS);
    }

    @Test
    void theStructureOfAnAudioEventAllocatesNothing() {
        byte[] audio = event("\"delta\":{\"audio\":{\"data\"", "\"role\"");
        DeltaReader reader = new DeltaReader(Dialect.AudioPlace.AUDIO_DATA);
        assertThat(bytesPerRound(() -> {
                    try {
                        reader.read(audio, 0, audio.length);
                    } catch (java.io.IOException e) {
                        throw new AssertionError(e);
                    }
                }))
                .isZero();
    }

    private long bytesPerEvent(byte[] event) {
        return bytesPerRound(() -> parser.parse(event, 0, event.length));
    }

    private long bytesPerRound(Runnable round) {
        for (int i = 0; i < WARM_UP_ROUNDS; i++) round.run();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ROUNDS; i++) round.run();
        return (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS;
    }

    /** The last event that has the one text in it and not the other. */
    private static byte[] event(String with, String without) {
        byte[] stream =
                RecordedGrammar.stream(RecordedGrammar.speech(2 * RecordedGrammar.PIECE_BYTES), List.of("Well"));
        return new String(stream, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains(with) && !line.contains(without))
                .reduce("", (earlier, later) -> later)
                .substring("data: ".length())
                .getBytes(StandardCharsets.UTF_8);
    }
}
