package dev.antiphon.bench.micro.realtime;

import dev.antiphon.bench.micro.LoopThreads;
import dev.antiphon.realtime.Dialect;
import dev.antiphon.realtime.ServerEventWriter;
import dev.antiphon.session.PartRef;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One piece of sound from PCM through its event into a socket and out at the other end, on loopback. {@link #writev} is the
 * floor: header and payload that are there already, in one gathering write, and the same read.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class FrameWriteBenchmark {
    @Param({"960", "7680", "19200"})
    public int pcmBytes;

    private final ServerEventWriter writer = new ServerEventWriter(Dialect.GA);
    private final PartRef part = new PartRef("resp_0123456789ABCDEFGHIJK", "item_0123456789ABCDEFGHIJK", 0, 0);
    private final ByteBuffer heard = ByteBuffer.allocateDirect(64 * 1024);
    private final ByteBuffer[] ready = {ByteBuffer.allocateDirect(4), ByteBuffer.allocateDirect(0)};
    private ByteBuf pcm = Unpooled.EMPTY_BUFFER;
    private SocketChannel near = unconnected();
    private SocketChannel far = unconnected();

    @Setup(Level.Trial)
    public void connect() throws IOException {
        byte[] samples = new byte[pcmBytes];
        new Random(1).nextBytes(samples);
        pcm = Unpooled.wrappedBuffer(samples);
        close();
        try (ServerSocketChannel listening = ServerSocketChannel.open()) {
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            near = SocketChannel.open(listening.getLocalAddress());
            far = listening.accept();
        }
        near.setOption(StandardSocketOptions.TCP_NODELAY, true);
        near.setOption(StandardSocketOptions.SO_SNDBUF, 256 * 1024);
        ByteBuf frame = frame();
        ready[1] = ByteBuffer.allocateDirect(frame.readableBytes()).put(frame.nioBuffer());
        frame.release();
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        near.close();
        far.close();
    }

    @Benchmark
    public int writtenAndRead() throws IOException {
        ByteBuf frame = frame();
        int headerBytes = 4;
        frame.readerIndex(frame.readerIndex() - headerBytes).setInt(frame.readerIndex(), 0x817e0000);
        ByteBuffer bytes = frame.internalNioBuffer(frame.readerIndex(), frame.readableBytes());
        int written = bytes.remaining();
        while (bytes.hasRemaining()) near.write(bytes);
        frame.release();
        read(written);
        return written;
    }

    @Benchmark
    public int writev() throws IOException {
        ready[0].clear();
        ready[1].flip();
        int written = ready[0].remaining() + ready[1].remaining();
        while (ready[1].hasRemaining()) near.write(ready);
        read(written);
        return written;
    }

    private static SocketChannel unconnected() {
        try {
            return SocketChannel.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ByteBuf frame() {
        return writer.writeAudio(part, pcm, PooledByteBufAllocator.DEFAULT);
    }

    private void read(int bytes) throws IOException {
        int left = bytes;
        while (left > 0) {
            heard.clear().limit(Math.min(left, heard.capacity()));
            left -= far.read(heard);
        }
    }
}
