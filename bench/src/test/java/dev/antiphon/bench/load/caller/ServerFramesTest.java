package dev.antiphon.bench.load.caller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class ServerFramesTest {
    private final List<String> found = new ArrayList<>();
    private final ServerFrames frames = new ServerFrames(new ServerFrames.Workbench(), PooledByteBufAllocator.DEFAULT);

    @Test
    void everySplitGivesTheSameFrames() {
        byte[] stream = stream(0, 5, 125, 126, 300);
        List<String> whole = framesOf(cuts -> Cuts.whole(stream, Cuts.Memory.HEAP, cuts));
        assertThat(whole).hasSize(5);
        for (int at = 0; at <= stream.length; at++) {
            int cut = at;
            assertThat(framesOf(cuts -> Cuts.at(cut, stream, Cuts.Memory.DIRECT, cuts)))
                    .as("cut at %d", cut)
                    .isEqualTo(whole);
        }
        assertThat(framesOf(cuts -> Cuts.byteByByte(stream, Cuts.Memory.HEAP, cuts)))
                .isEqualTo(whole);
    }

    @Test
    void longFramesAreReadWhole() {
        byte[] stream = stream(65_535, 65_536, 200_000);
        Random random = new Random(4);
        assertThat(framesOf(cuts -> Cuts.random(random, 20_000, stream, cuts))).hasSize(3);
    }

    @Test
    void whatAServerMayNotSendIsRefused() {
        for (byte[] illegal : List.of(new byte[] {0x01, 0}, new byte[] {(byte) 0x81, (byte) 0x80, 1, 2, 3, 4})) {
            ByteBuf in = Unpooled.wrappedBuffer(illegal);
            assertThatThrownBy(() -> frames.feed(in, this::note)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private interface Feeding {
        void into(Consumer<ByteBuf> decoder);
    }

    private List<String> framesOf(Feeding feeding) {
        found.clear();
        feeding.into(piece -> frames.feed(piece, this::note));
        frames.close();
        return List.copyOf(found);
    }

    private void note(int opcode, byte[] payload, int length) {
        found.add(opcode + ":" + length + ":" + Arrays.hashCode(Arrays.copyOf(payload, length)));
    }

    private static byte[] stream(int... lengths) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Random random = new Random(1);
        for (int length : lengths) {
            out.write(0x82);
            if (length < 126) out.write(length);
            else if (length <= 0xFFFF) {
                out.write(126);
                out.write(length >> 8);
                out.write(length);
            } else {
                out.write(127);
                for (int shift = 56; shift >= 0; shift -= 8) out.write((int) ((long) length >> shift));
            }
            byte[] payload = new byte[length];
            random.nextBytes(payload);
            out.writeBytes(payload);
        }
        return out.toByteArray();
    }
}
