package dev.antiphon.bench.micro.realtime;

import dev.antiphon.bench.micro.LoopThreads;
import dev.antiphon.bench.micro.UplinkEvents;
import dev.antiphon.realtime.ClientEventReader;
import dev.antiphon.realtime.ClientEvents;
import dev.antiphon.realtime.Dialect;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.SessionSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Base64;
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
 * One {@code input_audio_buffer.append} of 20 ms from the text of its frame to PCM. {@link #base64} is the floor: the
 * JDK's decoder on the same base64, heap to heap, and a copy of the event, which is what reading it at all costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class ClientEventReaderBenchmark {
    private final ClientEventReader reader = new ClientEventReader(Dialect.GA);
    private final SessionSettings settings = SessionSettings.defaults("gpt-realtime", "alloy");
    private final Heard heard = new Heard();
    private ByteBuf heap = Unpooled.EMPTY_BUFFER;
    private ByteBuf direct = Unpooled.EMPTY_BUFFER;
    private byte[] event = {};
    private byte[] copy = {};
    private byte[] base64 = {};
    private final byte[] pcm = new byte[UplinkEvents.PCM_BYTES];

    @Setup(Level.Trial)
    public void fill() {
        event = UplinkEvents.append(1);
        copy = new byte[event.length];
        base64 = UplinkEvents.base64(1);
        heap = Unpooled.wrappedBuffer(event);
        direct = Unpooled.directBuffer(event.length).writeBytes(event);
    }

    @Benchmark
    public int appendOnTheHeap() {
        reader.read(heap, settings, heard);
        return heard.bytes;
    }

    @Benchmark
    public int appendInDirectMemory() {
        reader.read(direct, settings, heard);
        return heard.bytes;
    }

    @Benchmark
    public int base64() {
        System.arraycopy(event, 0, copy, 0, event.length);
        return Base64.getDecoder().decode(base64, pcm) + copy[event.length - 1];
    }

    private static final class Heard implements ClientEvents {
        private int bytes;

        @Override
        public void onAudio(ByteBuf audio) {
            bytes += audio.readableBytes();
        }

        @Override
        public void onCommand(ClientCommand command) {}

        @Override
        public void onDialect(Dialect dialect) {}
    }
}
