package dev.antiphon.playout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class DownlinkQueueTest {
    private final DownlinkQueue<String> queue = new DownlinkQueue<>(1000, 128);

    @Test
    void keepsSoundAndWordsInOneOrder() {
        queue.offer("a");
        queue.offerAudio(pcm(10, 1));
        queue.offer("b");
        queue.offerAudio(pcm(20, 2));
        assertThat(drained(Integer.MAX_VALUE)).containsExactly("a", "10 bytes of 1", "b", "20 bytes of 2");
    }

    @Test
    void isFullByBytesOfAudio() {
        queue.offerAudio(pcm(999, 1));
        assertThat(queue.isFull()).isFalse();
        queue.offerAudio(pcm(1, 1));
        assertThat(queue.isFull()).isTrue();
        assertThat(queue.queuedBytes()).isEqualTo(1000);
        drained(Integer.MAX_VALUE);
        assertThat(queue.isFull()).isFalse();
        assertThat(queue.queuedBytes()).isZero();
    }

    @Test
    void isFullByHalfItsSlotsAndRefusesBeyondAllOfThem() {
        for (int i = 0; i < 64; i++) queue.offer("x");
        assertThat(queue.isFull()).isTrue();
        for (int i = 64; i < 128; i++) assertThat(queue.offer("x")).isTrue();
        assertThat(queue.offer("one too many")).isFalse();
        assertThat(queue.offerAudio(pcm(2, 1))).isFalse(); // and released: the leak check knows
        assertThat(drained(Integer.MAX_VALUE)).hasSize(128);
    }

    @Test
    void takesMoreWhileTheSinkWantsMore() {
        for (int i = 0; i < 5; i++) queue.offer("x" + i);
        assertThat(drained(2)).containsExactly("x0", "x1");
        assertThat(drained(9)).containsExactly("x2", "x3", "x4");
    }

    @Test
    void isDrainedAtHalfOfWhatMakesItFull() {
        for (int i = 0; i < 10; i++) queue.offerAudio(pcm(100, i));
        drained(4);
        assertThat(queue.isDrained()).isFalse();
        drained(1);
        assertThat(queue.isDrained()).isTrue();
        queue.close();
    }

    @Test
    void offerAndDrainAllocateNothing() {
        ByteBuf piece = pcm(100, 1);
        DownlinkQueue.Sink<String> releasing = new DownlinkQueue.Sink<>() {
            @Override
            public void onAudio(ByteBuf pcm) {
                pcm.release();
            }

            @Override
            public void onControl(String control) {}

            @Override
            public boolean wantsMore() {
                return true;
            }
        };
        long bytes = Allocation.bytesOfManyCalls(() -> {
            queue.offerAudio(piece.retain());
            queue.offer("word");
            queue.drain(releasing);
        });
        piece.release();
        assertThat(bytes).isZero();
    }

    @Test
    void closeReleasesWhatIsQueuedAndWhatStillComes() {
        queue.offerAudio(pcm(100, 1));
        queue.offer("x");
        assertThat(queue.close()).isEqualTo(100);
        assertThat(queue.offerAudio(pcm(100, 2))).isTrue();
        assertThat(queue.close()).isZero();
        assertThat(drained(Integer.MAX_VALUE)).isEmpty();
    }

    @Test
    @Timeout(30)
    void carriesEverythingInOrderBetweenTwoThreads() throws InterruptedException {
        int pieces = 20_000;
        Thread producer = new Thread(
                () -> {
                    for (int i = 0; i < pieces; i++) {
                        while (queue.isFull()) Thread.onSpinWait();
                        ByteBuf pcm = PooledByteBufAllocator.DEFAULT.buffer(4);
                        pcm.writeInt(i);
                        while (!queue.offerAudio(pcm.retainedSlice())) Thread.onSpinWait();
                        pcm.release();
                    }
                },
                "producer");
        int[] next = {0};
        producer.start();
        while (next[0] < pieces) {
            queue.drain(new DownlinkQueue.Sink<String>() {
                @Override
                public void onAudio(ByteBuf pcm) {
                    assertThat(pcm.getInt(pcm.readerIndex())).isEqualTo(next[0]++);
                    pcm.release();
                }

                @Override
                public void onControl(String control) {}

                @Override
                public boolean wantsMore() {
                    return true;
                }
            });
        }
        producer.join(TimeUnit.SECONDS.toMillis(10));
        assertThat(queue.queuedBytes()).isZero();
    }

    /** The race of a barge-in: the session closes while another thread offers. Nothing may be left unreleased. */
    @Test
    @Timeout(30)
    void closingUnderAProducerLeavesNothingBehind() throws InterruptedException {
        for (int round = 0; round < 300; round++) {
            DownlinkQueue<String> contested = new DownlinkQueue<>(1000, 128);
            CountDownLatch started = new CountDownLatch(1);
            Thread producer = new Thread(
                    () -> {
                        started.countDown();
                        for (int i = 0; i < 50; i++) contested.offerAudio(pcm(2, i));
                    },
                    "producer");
            producer.start();
            started.await();
            contested.close();
            producer.join(TimeUnit.SECONDS.toMillis(10));
        }
    }

    private static ByteBuf pcm(int bytes, int value) {
        ByteBuf pcm = PooledByteBufAllocator.DEFAULT.buffer(bytes);
        for (int i = 0; i < bytes; i++) pcm.writeByte(value);
        return pcm;
    }

    private List<String> drained(int most) {
        List<String> seen = new ArrayList<>();
        queue.drain(new DownlinkQueue.Sink<String>() {
            @Override
            public void onAudio(ByteBuf pcm) {
                seen.add(pcm.readableBytes() + " bytes of " + pcm.getByte(pcm.readerIndex()));
                pcm.release();
            }

            @Override
            public void onControl(String control) {
                seen.add(control);
            }

            @Override
            public boolean wantsMore() {
                return seen.size() < most;
            }
        });
        return seen;
    }
}
