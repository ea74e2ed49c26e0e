package dev.antiphon.bench.micro.upstream;

import dev.antiphon.bench.micro.LoopThreads;
import dev.antiphon.bench.micro.ReadPieces;
import dev.antiphon.testing.CountingReplyListener;
import dev.antiphon.testing.RecordedGrammar;
import dev.antiphon.upstream.ReplyDecoder;
import java.util.Base64;
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
 * A whole spoken answer of 4 s, from the socket's pieces to samples and words, with a fresh decoder as for every turn.
 * {@link #copyAndJdkDecode} is the floor: the body moved to the heap, the payloads through the intrinsic, no structure.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class ReplyDecoderBenchmark {
    private static final int AUDIO_EVENTS = 10;
    private static final int MAX_EVENT_BYTES = 1 << 20;

    /** 1448 is a segment of TCP on Ethernet, 16384 a record of TLS or a frame of HTTP/2, 0 everything at once. */
    @Param({"1448", "16384", "0"})
    public int pieceBytes;

    private ReadPieces body = new ReadPieces(new byte[1], 0);
    private final byte[] heap = new byte[1 << 20];
    private final byte[] base64 = Base64.getEncoder().encode(RecordedGrammar.speech(RecordedGrammar.PIECE_BYTES));
    private final byte[] decoded = new byte[RecordedGrammar.PIECE_BYTES];
    private final byte[] copied = new byte[RecordedGrammar.PIECE_BYTES];

    @Setup(Level.Trial)
    public void open() {
        body.release();
        body = new ReadPieces(
                RecordedGrammar.stream(
                        RecordedGrammar.speech(AUDIO_EVENTS * RecordedGrammar.PIECE_BYTES),
                        Collections.nCopies(14, " word")),
                pieceBytes);
    }

    @TearDown(Level.Trial)
    public void close() {
        body.release();
    }

    @Benchmark
    public long decode() {
        CountingReplyListener heard = new CountingReplyListener();
        ReplyDecoder decoder = new ReplyDecoder(MAX_EVENT_BYTES, heard);
        decoder.onHead(200, "text/event-stream");
        for (int i = 0; i < body.count(); i++) decoder.onBody(body.piece(i));
        if (!decoder.isTerminated()) throw new AssertionError("[DONE] was not heard");
        return heard.pcmBytes();
    }

    @Benchmark
    public byte[] copyAndJdkDecode() {
        for (int i = 0; i < body.count(); i++) {
            var piece = body.piece(i);
            piece.readBytes(heap, 0, piece.readableBytes());
        }
        for (int i = 0; i < AUDIO_EVENTS; i++) {
            Base64.getDecoder().decode(base64, decoded);
            System.arraycopy(decoded, 0, copied, 0, decoded.length);
        }
        return copied;
    }
}
