package dev.antiphon.server.media;

import dev.antiphon.container.OpusHead;
import dev.antiphon.container.OpusListener;
import dev.antiphon.container.OpusPacket;
import io.github.jaredmdobson.concentus.OpusDecoder;
import io.github.jaredmdobson.concentus.OpusException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Opus packets become speech on a track: decoded, mixed to mono, without what the encoder put before it.
 *
 * <p>The decoder always works at 48 kHz. Below that it gives silence for packets in Hybrid mode, which browsers send, and no
 * error.
 *
 * <p>Threading: confined to its caller; some 100 µs a packet.
 */
final class OpusTrack implements OpusListener {
    private static final short[] EMPTY = {};

    private final SpeechTrack track;
    private final ByteBuf mono = Unpooled.buffer(2 * OpusPacket.MOST_SAMPLES);

    private @Nullable OpusDecoder decoder; // null: no head yet
    private int channels;
    private int skipSamples; // still to be dropped from the beginning
    private long trimSamples;
    private byte[] packet = {};
    private short[] samples = EMPTY;

    OpusTrack(SpeechTrack track) {
        this.track = track;
    }

    @Override
    public void onHead(OpusHead head) {
        channels = head.channels();
        skipSamples = head.preSkipSamples();
        samples = new short[channels * OpusPacket.MOST_SAMPLES];
        try {
            OpusDecoder made = new OpusDecoder(OpusPacket.RATE_HZ, channels);
            made.setGain(head.gainQ8Db());
            decoder = made;
        } catch (OpusException e) {
            throw new IllegalStateException("opus decoder: not made", e);
        }
    }

    @Override
    public void onPacket(ByteBuf opus) {
        OpusDecoder made = decoder;
        if (made == null) throw new IllegalStateException("packet: before the head");
        int bytes = opus.readableBytes();
        if (packet.length < bytes) packet = new byte[bytes];
        opus.getBytes(opus.readerIndex(), packet, 0, bytes);
        int decoded = decode(made, bytes);
        int skipped = Math.min(skipSamples, decoded);
        skipSamples -= skipped;
        mono.clear();
        for (int i = skipped; i < decoded; i++) mono.writeShortLE(monoSample(i));
        track.feed(OpusPacket.RATE_HZ, mono);
    }

    @Override
    public void onTrim(long endSamples) {
        trimSamples = endSamples;
    }

    /** At 48 kHz: so many of the last samples on the track are no sound. */
    long trimSamples() {
        return trimSamples;
    }

    /** Whatever the decoder throws, AssertionErrors among them, the packet is to blame: its frames fit, their bits do not. */
    private int decode(OpusDecoder made, int bytes) {
        try {
            return made.decode(packet, 0, bytes, samples, 0, OpusPacket.MOST_SAMPLES, false);
        } catch (VirtualMachineError notThePacket) {
            throw notThePacket;
        } catch (Throwable broken) {
            throw new UnreadableAudio(
                    UnreadableAudio.Reason.MALFORMED, "file: an Opus packet that cannot be decoded (expected: Opus)");
        }
    }

    private int monoSample(int frame) {
        if (channels == 1) return samples[frame];
        return (samples[2 * frame] + samples[2 * frame + 1]) >> 1;
    }
}
