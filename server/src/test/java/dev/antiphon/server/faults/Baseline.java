package dev.antiphon.server.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.Gateway;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What gateways hold at one moment, of all that a fault could make them keep.
 *
 * <p>Threading: immutable.
 *
 * @param sessions client connections
 * @param channels of clients and of models, and the listeners
 * @param timers that are pending
 * @param descriptors of the process; 0: the system does not tell
 * @param directBytes that the buffers' allocator has taken of the system
 */
record Baseline(int sessions, int channels, int timers, long descriptors, long directBytes) {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    /** The JVM opens a file now and then. */
    private static final int DESCRIPTORS_OF_OTHERS = 4;

    static Baseline of(List<Gateway> gateways) throws Exception {
        int sessions = 0;
        int channels = 0;
        int timers = 0;
        for (Gateway gateway : gateways) {
            sessions += ((ChannelGroup) inside(gateway, "clients")).size();
            for (EventExecutor loop : (EventLoopGroup) inside(gateway, "loops")) {
                channels += channelsOf(loop);
                timers += loop.submit(() -> timersOf(loop)).get(10, TimeUnit.SECONDS);
            }
        }
        return new Baseline(sessions, channels, timers, descriptorsInUse(), directBytesInUse());
    }

    /** Requires that no more is held than there was, buffers aside. */
    void requireNothingMoreIn(Baseline later) {
        assertThat(later.sessions).as("sessions").isLessThanOrEqualTo(sessions);
        assertThat(later.channels).as("channels").isLessThanOrEqualTo(channels);
        assertThat(later.timers).as("timers").isLessThanOrEqualTo(timers);
        assertThat(later.descriptors).as("file descriptors").isLessThanOrEqualTo(descriptors + DESCRIPTORS_OF_OTHERS);
    }

    private static Object inside(Gateway gateway, String name) throws ReflectiveOperationException {
        Field field = Gateway.class.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(gateway);
    }

    private static int channelsOf(EventExecutor loop) throws ReflectiveOperationException {
        Method count = SingleThreadIoEventLoop.class.getDeclaredMethod("getNumOfRegisteredChannels");
        count.setAccessible(true);
        return (int) count.invoke(loop);
    }

    /** On the loop. */
    private static int timersOf(EventExecutor loop) throws ReflectiveOperationException {
        Method queue = AbstractScheduledEventExecutor.class.getDeclaredMethod("scheduledTaskQueue");
        queue.setAccessible(true);
        return ((Collection<?>) queue.invoke(loop)).size();
    }

    private static long descriptorsInUse() {
        if (!Files.isDirectory(DESCRIPTORS)) return 0;
        try (Stream<Path> all = Files.list(DESCRIPTORS)) {
            return all.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long directBytesInUse() {
        ByteBufAllocatorMetric metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
        return metric.usedDirectMemory();
    }
}
