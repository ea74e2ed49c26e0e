package dev.antiphon.bench.micro.realtime;

import dev.antiphon.audio.Base64Pcm;
import dev.antiphon.bench.micro.LoopThreads;
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
 * encoder on the same PCM, heap to heap, and nothing around it. {@link #base64AndCopy} copies the outcome to where a socket
 * takes it from. {@link #transcriptDelta} is a small event for comparison.
 *
 * <p>{@link #decodedAndWritten} is the way of a model's base64 to the client as it is; {@link #forwardedByCopy} and
 * {@link #forwardedBySlice} would be its way if the very characters went on.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
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
    private final byte[] envelope = new byte[200];
    private final byte[] end = {'"', '}'};
    private byte[] pcm = {};
    private byte[] encoded = {};
    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private ByteBuf frameBytes = Unpooled.EMPTY_BUFFER;

    @Setup(Level.Trial)
    public void fill() {
        pcm = new byte[pcmBytes];
        new Random(1).nextBytes(pcm);
        encoded = new byte[(pcmBytes + 2) / 3 * 4];
        buffer = Unpooled.buffer(pcmBytes).writeBytes(pcm);
        int encodedBytes = Base64.getEncoder().encode(pcm, encoded);
        received = Unpooled.directBuffer(encodedBytes).writeBytes(encoded, 0, encodedBytes);
        frameBytes = Unpooled.directBuffer(encodedBytes);
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
    public int base64AndCopy() {
        int bytes = Base64.getEncoder().encode(pcm, encoded);
        return frameBytes.clear().writeBytes(encoded, 0, bytes).readableBytes();
    }

    @Benchmark
    public int decodedAndWritten() {
        ByteBuf samples = allocator.heapBuffer(pcmBytes);
        Base64Pcm.decode(encoded, 0, encoded.length, samples);
        ByteBuf frame = writer.writeAudio(part, samples, allocator);
        int bytes = frame.readableBytes();
        samples.release();
        frame.release();
        return bytes;
    }

    @Benchmark
    public int forwardedByCopy() {
        ByteBuf frame = allocator.buffer(envelope.length + received.readableBytes() + end.length);
        frame.writeBytes(envelope)
                .writeBytes(received, received.readerIndex(), received.readableBytes())
                .writeBytes(end);
        int bytes = frame.readableBytes();
        frame.release();
        return bytes;
    }

    @Benchmark
    public int forwardedBySlice() {
        ByteBuf head = allocator.buffer(envelope.length).writeBytes(envelope);
        ByteBuf payload = received.retainedSlice();
        ByteBuf tail = allocator.buffer(end.length).writeBytes(end);
        int bytes = head.readableBytes() + payload.readableBytes() + tail.readableBytes();
        head.release();
        payload.release();
        tail.release();
        return bytes;
    }

    @Benchmark
    public int transcriptDelta() {
        ByteBuf frame = writer.write(transcript, allocator);
        int bytes = frame.readableBytes();
        frame.release();
        return bytes;
    }
}
