package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;

/**
 * The header of an MPEG audio layer III frame. A sample of −1 to −1,281 looks like its sync word, so one header proves
 * nothing: the next must stand where the first says.
 *
 * <p>Threading: stateless.
 */
final class MpegFrame {
    /*
     *  11111111 111VVLLP BBBBRRxx xxxxxxxx     V version  L layer  B bitrate  R sample rate  x padding is the second last
     */
    private static final int[] KBITS_V1 = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
    private static final int[] KBITS_V2 = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
    private static final int[] RATES_HZ_V1 = {44_100, 48_000, 32_000};
    private static final int NO_FRAME = -1;

    private MpegFrame() {}

    static boolean beginsAt(ByteBuf audio, int at) {
        int frameBytes = frameBytes(audio.getInt(at));
        if (frameBytes == NO_FRAME) return false;
        int next = at + frameBytes;
        return next <= audio.writerIndex() - 4 && frameBytes(audio.getInt(next)) != NO_FRAME;
    }

    private static int frameBytes(int header) {
        int version = header >>> 19 & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
        int layer = header >>> 17 & 3; // 1: layer III
        int bitrate = header >>> 12 & 15;
        int rate = header >>> 10 & 3;
        boolean legal = header >>> 21 == 0x7ff && version != 1 && layer == 1 && bitrate % 15 != 0 && rate != 3;
        if (!legal) return NO_FRAME;
        int padding = header >>> 9 & 1;
        if (version == 3) return 144_000 * KBITS_V1[bitrate] / RATES_HZ_V1[rate] + padding;
        int rateHz = RATES_HZ_V1[rate] / (version == 2 ? 2 : 4);
        return 72_000 * KBITS_V2[bitrate] / rateHz + padding;
    }
}
