package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Arrays;
import java.util.Base64;

/**
 * Base64 of audio straight between bytes and buffers: no String, no garbage, at the speed of the JDK's intrinsic.
 *
 * <p>The intrinsic takes whole arrays only. So the bytes pass through pairs of arrays of fixed sizes, each twice the one
 * before, the largest that is full; what is left over is padded to the smallest and the surplus dropped.
 *
 * <p>Threading: stateless (the arrays belong to the calling thread).
 */
public final class Base64Pcm {
    private static final Base64.Decoder DECODER = Base64.getDecoder();
    private static final Base64.Encoder ENCODER = Base64.getEncoder();
    private static final byte PADDING = '=';
    /** Any character of the alphabet fills a block that is not full. */
    private static final byte FILLER = 'A';

    private static final FastThreadLocal<Blocks> BLOCKS = new FastThreadLocal<>() {
        @Override
        protected Blocks initialValue() {
            return new Blocks();
        }
    };

    private Base64Pcm() {}

    /** Characters, padding included, that {@code bytes} become. */
    public static int encodedBytes(int bytes) {
        return (bytes + 2) / 3 * 4;
    }

    /**
     * Appends the base64 of all readable bytes, padded at the end.
     *
     * @param src lent; its indices stay
     * @param out lent; grows by {@link #encodedBytes}
     */
    public static void encode(ByteBuf src, ByteBuf out) {
        encode(src, src.readerIndex(), src.readableBytes(), out);
    }

    /**
     * Appends the base64 of a range, padded at the end. Ranges that are to be joined must be multiples of 3 bytes.
     *
     * @param out lent; grows by {@link #encodedBytes}
     */
    public static void encode(byte[] src, int offset, int length, ByteBuf out) {
        encode(Unpooled.wrappedBuffer(src), offset, length, out);
    }

    /**
     * As the other, of memory that may lie anywhere.
     *
     * @param src lent; its indices stay
     * @param index of its first byte
     */
    static void encode(ByteBuf src, int index, int length, ByteBuf out) {
        Blocks blocks = BLOCKS.get();
        int at = index;
        int left = length;
        out.ensureWritable(encodedBytes(left));
        while (left > 0) {
            Block block = blocks.forBytes(left);
            int taken = Math.min(left, block.bytes.length);
            src.getBytes(at, block.bytes, 0, taken);
            block.encode(taken, out);
            at += taken;
            left -= taken;
        }
    }

    /**
     * Appends the bytes that one whole base64 text stands for; padding may be left out.
     *
     * @param out lent; unchanged when the answer is false
     * @return false if the text is not base64
     */
    public static boolean decode(byte[] src, int offset, int length, ByteBuf out) {
        int start = out.writerIndex();
        Base64PcmStream stream = BLOCKS.get().stream;
        boolean isAllTaken = stream.decode(src, offset, length, out) == length;
        boolean legal = stream.end(out) && isAllTaken; // ends in any case: the next text begins anew
        // A stream may be padded in its middle, which one text may not: it would have more characters than bytes.
        if (legal && out.writerIndex() - start == decodedBytes(src, offset, length)) return true;
        out.writerIndex(start);
        return false;
    }

    private static int decodedBytes(byte[] src, int offset, int length) {
        int chars = length;
        while (chars > 0 && src[offset + chars - 1] == PADDING) chars--;
        return (int) (chars * 3L / 4);
    }

    /**
     * Appends the bytes of whole quads without padding, up to the first block that holds anything else.
     *
     * @param length a multiple of 4
     * @return how many characters were decoded
     */
    static int decodeQuads(byte[] src, int offset, int length, ByteBuf out) {
        Blocks blocks = BLOCKS.get();
        int at = offset;
        int left = length;
        out.ensureWritable(length / 4 * 3);
        while (left > 0) {
            Block block = blocks.forChars(left);
            int taken = Math.min(left, block.chars.length);
            System.arraycopy(src, at, block.chars, 0, taken);
            if (!block.decode(taken, out)) break;
            at += taken;
            left -= taken;
        }
        return at - offset;
    }

    /** The pairs of one thread, and its stream. */
    private static final class Blocks {
        /** Stays in the first-level cache with its pair. */
        private static final int LARGEST_CHARS = 8192;

        private static final int SMALLEST_CHARS = 64;

        final Base64PcmStream stream = new Base64PcmStream();

        /** The smallest first. */
        private final Block[] bySize = new Block[doublingsOf(LARGEST_CHARS) + 1];

        Blocks() {
            for (int i = 0; i < bySize.length; i++) bySize[i] = new Block(SMALLEST_CHARS << i);
        }

        Block forChars(int chars) {
            return bySize[doublingsOf(Math.max(SMALLEST_CHARS, Math.min(chars, LARGEST_CHARS)))];
        }

        Block forBytes(int bytes) {
            return forChars(bytes / 3 * 4);
        }

        private static int doublingsOf(int chars) {
            return Integer.numberOfTrailingZeros(Integer.highestOneBit(chars / SMALLEST_CHARS));
        }
    }

    /** Two arrays that stand for each other. */
    private static final class Block {
        final byte[] chars;
        final byte[] bytes;

        Block(int chars) {
            this.chars = new byte[chars];
            this.bytes = new byte[chars / 4 * 3];
        }

        boolean decode(int used, ByteBuf out) {
            Arrays.fill(chars, used, chars.length, FILLER);
            try {
                int decoded = DECODER.decode(chars, bytes);
                // Less than the whole: padding at the very end, which is the caller's to understand.
                if (decoded != bytes.length) return false;
            } catch (IllegalArgumentException notOfTheAlphabet) {
                return false;
            }
            out.writeBytes(bytes, 0, used / 4 * 3);
            return true;
        }

        void encode(int used, ByteBuf out) {
            Arrays.fill(bytes, used, bytes.length, (byte) 0);
            ENCODER.encode(bytes, chars);
            int encoded = encodedBytes(used);
            int padding = (3 - used % 3) % 3;
            for (int i = 1; i <= padding; i++) chars[encoded - i] = PADDING;
            out.writeBytes(chars, 0, encoded);
        }
    }
}
