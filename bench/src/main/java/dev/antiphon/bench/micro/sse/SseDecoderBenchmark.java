package dev.antiphon.bench.micro.sse;

import dev.antiphon.bench.micro.LoopThreads;
import dev.antiphon.bench.micro.ReadPieces;
import dev.antiphon.sse.SseDecoder;
import dev.antiphon.sse.SseListener;
import dev.antiphon.testing.RecordedGrammar;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Framing alone: a spoken answer of 4 s, 284 kB in 109 events of which 10 carry sound, as the socket's pieces.
 * {@link #copy} is the floor: the same bytes moved to the heap and not looked at.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class SseDecoderBenchmark {
    private static final int MAX_EVENT_BYTES = 1 << 20;

    /** 1448 is a segment of TCP on Ethernet, 16384 a record of TLS or a frame of HTTP/2, 0 everything at once. */
    @Param({"1448", "16384", "0"})
    public int pieceBytes;

    private ReadPieces body = new ReadPieces(new byte[1], 0);
    private final byte[] heap = new byte[1 << 20];
    private final SseDecoder decoder = new SseDecoder(MAX_EVENT_BYTES, SseDecoder.UnfinishedEvent.DISPATCHED);
    private final CountingListener events = new CountingListener();

    @Setup(Level.Trial)
    public void open() {
        body.release();
        body = new ReadPieces(
                RecordedGrammar.stream(
                        RecordedGrammar.speech(10 * RecordedGrammar.PIECE_BYTES), Collections.nCopies(14, " word")),
                pieceBytes);
    }

    @TearDown(Level.Trial)
    public void close() {
        body.release();
    }

    @Benchmark
    public long decode() {
        for (int i = 0; i < body.count(); i++) decoder.feed(body.piece(i), events);
        return events.bytes;
    }

    @Benchmark
    public byte[] copy() {
        for (int i = 0; i < body.count(); i++) {
            var piece = body.piece(i);
            piece.readBytes(heap, 0, piece.readableBytes());
        }
        return heap;
    }

    private static final class CountingListener implements SseListener {
        private long bytes;

        @Override
        public void onEvent(String type, byte[] array, int offset, int length) {
            bytes += length;
        }

        @Override
        public void onOversized(int maxEventBytes) {
            throw new AssertionError("more than " + maxEventBytes);
        }
    }
}
