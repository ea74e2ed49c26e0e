package dev.antiphon.bench.micro.playout;

import dev.antiphon.playout.DownlinkQueue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Control;

/**
 * The downlink queue, one piece in and out: on one thread, as in the gateway today, and between two.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Group)
public class DownlinkQueueBenchmark {
    private static final int PIECE_BYTES = 19_200;

    private final DownlinkQueue<String> queue = new DownlinkQueue<>();
    // Never released for good: the queue hands on what it got, and the benchmark keeps its own count.
    private final ByteBuf piece = Unpooled.wrappedBuffer(new byte[PIECE_BYTES]);
    private final Taker taker = new Taker();

    @Benchmark
    @Group("sameThread")
    public int offerAndDrain() {
        queue.offerAudio(piece);
        queue.drain(taker);
        return taker.taken;
    }

    @Benchmark
    @Group("twoThreads")
    public boolean offer(Control control) {
        while (!control.stopMeasurement && queue.isFull()) Thread.onSpinWait();
        return control.stopMeasurement || queue.offerAudio(piece);
    }

    @Benchmark
    @Group("twoThreads")
    public int drain(Control control) {
        int before = taker.taken;
        while (!control.stopMeasurement && taker.taken == before) queue.drain(taker);
        return taker.taken;
    }

    private static final class Taker implements DownlinkQueue.Sink<String> {
        private int taken;

        @Override
        public void onAudio(ByteBuf pcm) {
            taken++;
        }

        @Override
        public void onControl(String control) {}

        @Override
        public boolean wantsMore() {
            return true;
        }
    }
}
