package dev.antiphon.container;

import io.netty.buffer.ByteBuf;

/**
 * The identification header of an Opus stream: the first packet in Ogg, the track's private data in WebM. RFC 7845 §5.1.
 *
 * <p>Threading: immutable.
 *
 * @param channels 1 or 2
 * @param preSkipSamples samples at 48 kHz to drop from the beginning of what the decoder gives
 * @param inputRateHz what was encoded, for information only; 0: not told
 * @param gainQ8Db to apply to what the decoder gives, in 1/256 dB
 */
public record OpusHead(int channels, int preSkipSamples, long inputRateHz, int gainQ8Db) {
    /*
     *  0 "OpusHead"  8 version  9 channels  10 pre-skip  12 input rate  16 gain  18 channel mapping family 0
     */
    static final int BYTES = 19;
    static final long MAGIC = 0x4F70_7573_4865_6164L;

    private static final int VERSION = 1;
    private static final int MAJOR_VERSION_BITS = 0xF0;

    public OpusHead {
        if (channels != 1 && channels != 2) throw new ContainerFault("channels: " + channels + " (expected: 1 or 2)");
        if (preSkipSamples < 0 || preSkipSamples > 0xFFFF) {
            throw new ContainerFault("pre-skip: " + preSkipSamples + " samples (expected: 0 to 65535)");
        }
    }

    /** @param packet lent, its indices stay */
    static OpusHead read(ByteBuf packet) {
        int start = packet.readerIndex();
        if (packet.readableBytes() < BYTES || packet.getLong(start) != MAGIC) {
            throw new ContainerFault("OpusHead: not there (expected: at least " + BYTES + " bytes that begin with it)");
        }
        int version = packet.getUnsignedByte(start + 8);
        if ((version & MAJOR_VERSION_BITS) != 0) {
            throw new ContainerFault("OpusHead version: " + version + " (expected: 0 to 15)");
        }
        int family = packet.getUnsignedByte(start + 18);
        if (family != 0) throw new ContainerFault("channel mapping family: " + family + " (expected: 0)");
        return new OpusHead(
                packet.getUnsignedByte(start + 9),
                packet.getUnsignedShortLE(start + 10),
                packet.getUnsignedIntLE(start + 12),
                packet.getShortLE(start + 16));
    }

    /** @param out lent, grows by {@link #BYTES} */
    void write(ByteBuf out) {
        out.writeLong(MAGIC).writeByte(VERSION).writeByte(channels).writeShortLE(preSkipSamples);
        out.writeIntLE((int) inputRateHz).writeShortLE(gainQ8Db).writeByte(0);
    }
}
