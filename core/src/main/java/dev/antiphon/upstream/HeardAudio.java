package dev.antiphon.upstream;

import dev.antiphon.audio.Pcm16;
import dev.antiphon.audio.Resampler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The samples of one answer, whatever the server made them in, to what listeners hear: 24 kHz, mono. What is already that
 * goes through untouched.
 *
 * <p>Threading: confined to its caller.
 */
final class HeardAudio {
    private static final int SAMPLE_BYTES = 2;

    private @Nullable Resampler resampler; // null: none at work
    private int resampledHz;

    /** @param pcm whole frames of {@code format}, at least one; lent, may be written over */
    void take(ByteBuf pcm, SpokenFormat format, DeltaListener out) {
        if (resampler != null && resampledHz != format.sampleRateHz()) end(out);
        if (format.isHeard()) {
            out.onAudio(pcm);
            return;
        }
        if (format.isStereo()) average(pcm);
        if (format.sampleRateHz() == SpokenFormat.HEARD_RATE_HZ) {
            out.onAudio(pcm);
            return;
        }
        Resampler used = resamplerFrom(format.sampleRateHz());
        ByteBuf heard = ByteBufAllocator.DEFAULT.buffer(used.mostOutputBytes(pcm.readableBytes()));
        try {
            used.feed(pcm, heard);
            if (heard.isReadable()) out.onAudio(heard);
        } finally {
            heard.release();
        }
    }

    /** No sample will follow, or none of this rate: what a filter still holds is heard. */
    void end(DeltaListener out) {
        Resampler used = resampler;
        if (used == null) return;
        resampler = null;
        ByteBuf heard = ByteBufAllocator.DEFAULT.buffer(used.mostOutputBytes(0));
        try {
            used.flush(heard);
            if (heard.isReadable()) out.onAudio(heard);
        } finally {
            heard.release();
        }
    }

    private Resampler resamplerFrom(int sampleRateHz) {
        Resampler used = resampler;
        if (used == null) {
            used = new Resampler(sampleRateHz, SpokenFormat.HEARD_RATE_HZ);
            resampler = used;
            resampledHz = sampleRateHz;
        }
        return used;
    }

    /** In place: a mono sample is never written before both of its own were read. */
    private static void average(ByteBuf stereo) {
        int start = stereo.readerIndex();
        int to = start;
        for (int from = start; from < stereo.writerIndex(); from += 2 * SAMPLE_BYTES, to += SAMPLE_BYTES) {
            int sum = stereo.getShortLE(from) + stereo.getShortLE(from + SAMPLE_BYTES);
            stereo.setShortLE(to, Pcm16.clip(sum / 2));
        }
        stereo.writerIndex(to);
    }
}
