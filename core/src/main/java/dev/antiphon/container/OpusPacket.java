package dev.antiphon.container;

import io.netty.buffer.ByteBuf;

/**
 * How long the sound in an Opus packet lasts, and whether its frames fit into it: what must hold before a decoder sees it.
 * RFC 6716 §3.
 *
 * <p>Threading: stateless.
 */
public final class OpusPacket {
    /*
     *  cccccsff   c configuration  s stereo  f frames: 0 one, 1 two of one size, 2 two, 3 a count follows:
     *  vpcccccc   v of different sizes  p padding  c how many
     */
    /** What Opus counts in, whatever the rate of its input or output. */
    public static final int RATE_HZ = 48_000;

    /** 120 ms: no packet lasts longer. */
    public static final int MOST_SAMPLES = RATE_HZ / 1_000 * 120;

    private static final int MOST_FRAME_BYTES = 1_275;
    private static final int FIRST_HYBRID = 12;
    private static final int FIRST_CELT = 16;
    private static final int[] SILK_SAMPLES = {480, 960, 1_920, 2_880};
    private static final int[] HYBRID_SAMPLES = {480, 960};
    private static final int[] CELT_SAMPLES = {120, 240, 480, 960};

    private OpusPacket() {}

    /**
     * Samples at 48 kHz that the packet stands for.
     *
     * @param packet lent, its indices stay
     * @throws ContainerFault if its frames cannot be as it says
     */
    public static int samplesIn(ByteBuf packet) {
        ByteBuf rest = packet.slice();
        if (!rest.isReadable()) throw malformed("no byte in it");
        int toc = rest.readUnsignedByte();
        int frameSamples = frameSamples(toc >>> 3);
        return switch (toc & 3) {
            case 0 -> {
                checkFrame(rest.readableBytes());
                yield frameSamples;
            }
            case 1 -> {
                if (rest.readableBytes() % 2 != 0) throw malformed("two frames of one size in an odd number of bytes");
                checkFrame(rest.readableBytes() / 2);
                yield 2 * frameSamples;
            }
            case 2 -> {
                int first = readLength(rest);
                if (first > rest.readableBytes()) throw malformed("a frame longer than the packet");
                checkFrame(rest.readableBytes() - first);
                yield 2 * frameSamples;
            }
            default -> frameSamples * framesOf(rest, frameSamples);
        };
    }

    static int frameSamples(int configuration) {
        if (configuration < FIRST_HYBRID) return SILK_SAMPLES[configuration & 3];
        if (configuration < FIRST_CELT) return HYBRID_SAMPLES[configuration & 1];
        return CELT_SAMPLES[configuration & 3];
    }

    private static int framesOf(ByteBuf rest, int frameSamples) {
        if (!rest.isReadable()) throw malformed("no frame count");
        int header = rest.readUnsignedByte();
        int frames = header & 0x3F;
        if (frames == 0 || frames * frameSamples > MOST_SAMPLES) {
            throw malformed(frames + " frames of " + frameSamples + " samples (expected: 1 or more, 120 ms at most)");
        }
        int padding = (header & 0x40) == 0 ? 0 : readPadding(rest);
        boolean isVariable = (header & 0x80) != 0;
        int framed = 0;
        if (isVariable) {
            for (int i = 0; i < frames - 1; i++) framed += readLength(rest);
        }
        int last = rest.readableBytes() - padding - framed;
        if (last < 0) throw malformed("frames longer than the packet");
        if (isVariable) checkFrame(last);
        else if (last % frames != 0) throw malformed("frames of one size that do not fill it");
        else checkFrame(last / frames);
        return frames;
    }

    private static int readPadding(ByteBuf rest) {
        int padding = 0;
        int next;
        do {
            if (!rest.isReadable()) throw malformed("padding without an end");
            next = rest.readUnsignedByte();
            padding += Math.min(next, 254); // 255 stands for 254 and more to come
        } while (next == 255);
        return padding;
    }

    private static int readLength(ByteBuf rest) {
        if (!rest.isReadable()) throw malformed("no frame length");
        int first = rest.readUnsignedByte();
        if (first < 252) return first;
        if (!rest.isReadable()) throw malformed("half a frame length");
        return 4 * rest.readUnsignedByte() + first;
    }

    private static void checkFrame(int bytes) {
        if (bytes > MOST_FRAME_BYTES) {
            throw malformed("a frame of " + bytes + " bytes (expected: at most " + MOST_FRAME_BYTES + ")");
        }
    }

    private static ContainerFault malformed(String what) {
        return new ContainerFault("opus packet: " + what);
    }
}
