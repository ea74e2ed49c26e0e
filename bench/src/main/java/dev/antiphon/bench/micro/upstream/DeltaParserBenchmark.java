package dev.antiphon.bench.micro.upstream;

import dev.antiphon.bench.micro.LoopThreads;
import dev.antiphon.testing.CountingReplyListener;
import dev.antiphon.testing.RecordedGrammar;
import dev.antiphon.upstream.DeltaParser;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The JSON of one event to one call of the listener. {@link #jdkDecode} is the floor of an audio event: the intrinsic over
 * an array that holds exactly the payload, and a copy of what comes out.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class DeltaParserBenchmark {
    /** 7680 is the 160 ms of the measurements this design was chosen by, 19200 what gpt-audio-1.5 sends. */
    @Param({"7680", "19200"})
    public int pcmBytes;

    private final CountingReplyListener heard = new CountingReplyListener();
    private final DeltaParser parser = new DeltaParser(heard);
    private byte[] audioEvent = {};
    private byte[] tick = {};
    private byte[] base64 = {};
    private byte[] decoded = {};
    private byte[] copied = {};

    @Setup
    public void open() {
        byte[] pcm = RecordedGrammar.speech(pcmBytes);
        byte[] twoPieces = RecordedGrammar.stream(
                RecordedGrammar.speech(RecordedGrammar.PIECE_BYTES + Math.min(pcmBytes, RecordedGrammar.PIECE_BYTES)),
                List.of("Well"));
        List<String> events = new String(twoPieces, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> line.substring("data: ".length()))
                .toList();
        audioEvent = bytes(events.stream()
                .filter(event -> event.contains("\"delta\":{\"audio\":{\"data\""))
                .reduce("", (earlier, later) -> later));
        tick = bytes(events.stream()
                .filter(event -> !event.contains("choices"))
                .findFirst()
                .orElseThrow());
        base64 = Base64.getEncoder().encode(pcm);
        decoded = new byte[pcm.length];
        copied = new byte[pcm.length];
    }

    @Benchmark
    public long audioEvent() {
        take(audioEvent);
        return heard.pcmBytes();
    }

    @Benchmark
    public long tick() {
        take(tick);
        return heard.otherCalls();
    }

    @Benchmark
    public byte[] jdkDecode() {
        Base64.getDecoder().decode(base64, decoded);
        System.arraycopy(decoded, 0, copied, 0, decoded.length);
        return copied;
    }

    private void take(byte[] event) {
        if (parser.parse(event, 0, event.length) != DeltaParser.Outcome.TAKEN) throw new AssertionError("not taken");
    }

    private static byte[] bytes(String event) {
        return event.getBytes(StandardCharsets.UTF_8);
    }
}
