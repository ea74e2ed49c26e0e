package dev.antiphon.bench.micro.upstream;

import dev.antiphon.bench.micro.LoopThreads;
import dev.antiphon.bench.micro.ReadPieces;
import dev.antiphon.testing.CountingReplyListener;
import dev.antiphon.testing.RecordedGrammar;
import dev.antiphon.upstream.ReplyDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One event with sound in the middle of a reply, from the socket's pieces to samples. {@link #copyAndJdkDecode} is the
 * floor: the same bytes to the heap, the payload through the intrinsic, the samples copied once.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(SpokenEventBenchmark.EVENTS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class SpokenEventBenchmark {
    static final int EVENTS = 8;
    private static final int MAX_EVENT_BYTES = 1 << 20;

    /** 7680 is the 160 ms of the measurements this design was chosen by, 19200 what gpt-audio-1.5 sends. */
    @Param({"7680", "19200"})
    public int pcmBytes;

    /** 1448 is a segment of TCP on Ethernet, 16384 a record of TLS or a frame of HTTP/2, 0 each event at once. */
    @Param({"1448", "16384", "0"})
    public int pieceBytes;

    private final CountingReplyListener heard = new CountingReplyListener();
    private final ReplyDecoder decoder = new ReplyDecoder(MAX_EVENT_BYTES, heard);
    private final ReadPieces[] events = new ReadPieces[EVENTS];
    private final byte[][] base64 = new byte[EVENTS][];
    private final byte[] heap = new byte[64 * 1024];
    private byte[] decoded = {};
    private byte[] copied = {};

    @Setup(Level.Trial)
    public void open() {
        String pattern = eventPattern();
        Random random = new Random(pcmBytes);
        decoded = new byte[pcmBytes];
        copied = new byte[pcmBytes];
        for (int i = 0; i < EVENTS; i++) {
            random.nextBytes(decoded);
            base64[i] = Base64.getEncoder().encode(decoded);
            String event = pattern.replace("%sound%", new String(base64[i], StandardCharsets.US_ASCII))
                    .replace("%padding%", "p".repeat(random.nextInt(16)));
            events[i] = new ReadPieces(event.getBytes(StandardCharsets.US_ASCII), pieceBytes);
        }
        decoder.onHead(200, "text/event-stream");
    }

    @TearDown(Level.Trial)
    public void close() {
        for (ReadPieces event : events) event.release();
    }

    @Benchmark
    public long decode() {
        for (ReadPieces event : events) {
            for (int i = 0; i < event.count(); i++) decoder.onBody(event.piece(i));
        }
        return heard.pcmBytes();
    }

    @Benchmark
    public byte[] copyAndJdkDecode() {
        for (int e = 0; e < EVENTS; e++) {
            ReadPieces event = events[e];
            int at = 0;
            for (int i = 0; i < event.count(); i++) {
                var piece = event.piece(i);
                int bytes = piece.readableBytes();
                piece.readBytes(heap, at, bytes);
                at += bytes;
            }
            Base64.getDecoder().decode(base64[e], decoded);
            System.arraycopy(decoded, 0, copied, 0, decoded.length);
        }
        return copied;
    }

    private static String eventPattern() {
        byte[] stream =
                RecordedGrammar.stream(RecordedGrammar.speech(2 * RecordedGrammar.PIECE_BYTES), List.of("Well"));
        String event = new String(stream, StandardCharsets.US_ASCII)
                .lines()
                .filter(line -> line.contains("\"delta\":{\"audio\":{\"data\""))
                .findFirst()
                .orElseThrow();
        return event.replaceFirst("\"data\":\"[^\"]*\"", "\"data\":\"%sound%\"")
                        .replaceFirst("\"obfuscation\":\"[^\"]*\"", "\"obfuscation\":\"%padding%\"")
                + "\n\n";
    }
}
