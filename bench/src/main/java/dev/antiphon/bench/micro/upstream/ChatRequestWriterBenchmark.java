package dev.antiphon.bench.micro.upstream;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.bench.micro.LoopThreads;
import dev.antiphon.bench.micro.UplinkEvents;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ChatRequestWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Base64;
import java.util.List;
import java.util.Map;
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
 * The body of a request with one spoken turn, from the conversation to direct memory that is large enough. {@link #base64}
 * is the floor: the JDK's encoder on the same PCM, heap to heap, and a copy into the same memory.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class ChatRequestWriterBenchmark {
    @Param({"1", "10"})
    public int seconds;

    private final ChatRequestWriter writer = new ChatRequestWriter();
    private ChatRequest request = request(AudioClip.of(24_000, new byte[0]));
    private ByteBuf body = Unpooled.EMPTY_BUFFER;
    private byte[] pcm = {};
    private byte[] encoded = {};

    @Setup(Level.Trial)
    public void fill() {
        pcm = UplinkEvents.hiss(seconds * 48_000, 1);
        encoded = new byte[pcm.length / 3 * 4];
        AudioClip clip = AudioClip.of(24_000, pcm);
        request = request(clip);
        body = Unpooled.directBuffer(encoded.length + 4096);
    }

    @TearDown(Level.Trial)
    public void release() {
        body.release();
    }

    @Benchmark
    public int write() {
        writer.write(request, body.clear());
        return body.readableBytes();
    }

    @Benchmark
    public int base64() {
        Base64.getEncoder().encode(pcm, encoded);
        return body.clear().writeBytes(encoded).readableBytes();
    }

    private static ChatRequest request(AudioClip clip) {
        return new ChatRequest(
                "m",
                List.of(new ChatMessage.UserMessage(List.of(new ChatMessage.AudioPart(clip)))),
                null,
                ChatRequest.Tools.NONE,
                ChatRequest.Sampling.DEFAULT,
                Map.of());
    }
}
