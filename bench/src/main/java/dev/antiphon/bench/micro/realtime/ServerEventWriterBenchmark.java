package dev.antiphon.bench.micro.realtime;

import dev.antiphon.realtime.Dialect;
import dev.antiphon.realtime.ServerEventWriter;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ServerEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Base64;
import java.util.Random;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * One {@code response.output_audio.delta} from PCM to the bytes of its text frame. {@link #base64} is the floor: the JDK's
 * encoder on the same PCM, heap to heap, and nothing around it. {@link #transcriptDelta} is a small event for comparison.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class ServerEventWriterBenchmark {
    /** 20 ms, 160 ms and 400 ms of PCM16 at 24 kHz; the last is what gpt-audio-1.5 sends. */
    @Param({"960", "7680", "19200"})
    public int pcmBytes;

    private final ServerEventWriter writer = new ServerEventWriter(Dialect.GA);
    private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private final PartRef part = new PartRef("resp_0123456789ABCDEFGHIJK", "item_0123456789ABCDEFGHIJK", 0, 0);
    private final ServerEvent transcript = new ServerEvent.OutputAudioTranscriptDelta(part, " word");
    private byte[] pcm = {};
    private byte[] encoded = {};
    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;

    @Setup(Level.Trial)
    public void fill() {
        pcm = new byte[pcmBytes];
        new Random(1).nextBytes(pcm);
        encoded = new byte[(pcmBytes + 2) / 3 * 4];
        buffer = Unpooled.directBuffer(pcmBytes).writeBytes(pcm);
    }

    @Benchmark
    public int audioDelta() {
        ByteBuf frame = writer.writeAudio(part, buffer, allocator);
        int bytes = frame.readableBytes();
        frame.release();
        return bytes;
    }

    @Benchmark
    public int base64() {
        return Base64.getEncoder().encode(pcm, encoded);
    }

    @Benchmark
    public int transcriptDelta() {
        ByteBuf frame = writer.write(transcript, allocator);
        int bytes = frame.readableBytes();
        frame.release();
        return bytes;
    }
}
