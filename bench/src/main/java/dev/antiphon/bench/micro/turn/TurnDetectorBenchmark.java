package dev.antiphon.bench.micro.turn;

import dev.antiphon.bench.micro.LoopThreads;
import dev.antiphon.bench.micro.UplinkEvents;
import dev.antiphon.turn.Eagerness;
import dev.antiphon.turn.TurnDetector;
import dev.antiphon.turn.TurnListener;
import dev.antiphon.turn.TurnSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * 20 ms of a quiet room through the turn detector. {@link #arithmetic} is the floor: the same two filters and sums over an
 * array of samples, with nothing decided. Each sample's filter waits for the last one's, so no machine does it much faster.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class TurnDetectorBenchmark implements TurnListener {
    private static final double HIGH_PASS = 0.97;

    private final TurnDetector server = TurnDetector.of(TurnSettings.DEFAULT);
    private final TurnDetector semantic = TurnDetector.of(TurnSettings.semantic(Eagerness.MEDIUM));
    private final short[] samples = new short[UplinkEvents.PCM_BYTES / 2];
    private ByteBuf heap = Unpooled.EMPTY_BUFFER;
    private ByteBuf direct = Unpooled.EMPTY_BUFFER;
    private long decisions;

    @Setup(Level.Trial)
    public void fill() {
        byte[] pcm = UplinkEvents.hiss(UplinkEvents.PCM_BYTES, 1);
        heap = Unpooled.wrappedBuffer(pcm);
        direct = Unpooled.directBuffer().writeBytes(pcm);
        for (int i = 0; i < samples.length; i++) samples[i] = heap.getShortLE(2 * i);
    }

    @Override
    public void onSpeechStarted(long startSample) {
        decisions++;
    }

    @Override
    public void onSpeechStopped(long endSample, long decidedSample) {
        decisions++;
    }

    @Benchmark
    public long serverVad() {
        server.onAudio(heap, this);
        return decisions;
    }

    @Benchmark
    public long serverVadInDirectMemory() {
        server.onAudio(direct, this);
        return decisions;
    }

    @Benchmark
    public long semanticVad() {
        semantic.onAudio(heap, this);
        return decisions;
    }

    @Benchmark
    public double arithmetic() {
        double lastInput = 0;
        double lastMiddle = 0;
        double lastOutput = 0;
        double energy = 0;
        double neighbours = 0;
        for (short sample : samples) {
            double middle = sample - lastInput + HIGH_PASS * lastMiddle + 1e-9;
            double output = middle - lastMiddle + HIGH_PASS * lastOutput + 1e-9;
            energy += output * output;
            neighbours += output * lastOutput;
            lastInput = sample;
            lastMiddle = middle;
            lastOutput = output;
        }
        return energy + neighbours;
    }
}
