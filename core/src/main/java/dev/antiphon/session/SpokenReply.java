package dev.antiphon.session;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.G711;
import dev.antiphon.audio.Resampler;
import dev.antiphon.audio.TimeStretch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The sound of one response on its way out: from PCM16 at 24 kHz, as the model speaks, to the speed and the format that
 * the client asked for. At speed 1 and in the model's format it passes untouched.
 *
 * <pre>
 *  model ─▶ time stretch ─▶ resampler ─▶ G.711 ─▶ client     each only where it is needed
 * </pre>
 *
 * It also says how long that is for the client, in samples at 24 kHz of what the client plays: the time base of the
 * ledger. At the end of a reply that was sent whole, {@link #sentSamples} is {@link #generatedSamples}, before it is
 * less.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class SpokenReply {
    private static final AudioFormat SPOKEN = AudioFormat.PCM16_24KHZ;

    private final AudioFormat format;
    private final @Nullable TimeStretch stretch; // null: the client wants the model's speed
    private final @Nullable Resampler resampler; // null: the client plays at the model's rate
    private @Nullable ByteBufAllocator alloc; // of the model's audio; null: there was none
    private long spokenSamples;
    private long clientSamples;

    SpokenReply(SessionSettings.Output output) {
        format = output.format();
        stretch = output.speedRatio() == 1 ? null : new TimeStretch(output.speedRatio());
        boolean isRateSpoken = format.sampleRateHz() == SPOKEN.sampleRateHz();
        resampler = isRateSpoken ? null : new Resampler(SPOKEN.sampleRateHz(), format.sampleRateHz());
    }

    /**
     * The model has said this.
     *
     * @param pcm whole samples, PCM16 24 kHz; taken
     * @return what is to be sent now, in the client's format, maybe nothing; given. It is {@code pcm} itself where nothing
     *     had to be done
     */
    ByteBuf onSpoken(ByteBuf pcm) {
        alloc = pcm.alloc();
        spokenSamples += SPOKEN.samplesIn(pcm.readableBytes());
        return counted(companded(resampled(stretched(pcm), false)));
    }

    /** The model has said this too, but nobody will send it. */
    void onDropped(long bytes) {
        spokenSamples += SPOKEN.samplesIn(bytes);
    }

    /**
     * The model is through.
     *
     * @return the rest of the reply, in the client's format, maybe nothing; given
     */
    ByteBuf flush() {
        if (alloc == null || (stretch == null && resampler == null)) return Unpooled.EMPTY_BUFFER;
        ByteBuf rest = alloc.buffer();
        if (stretch != null) stretch.flush(rest);
        return counted(companded(resampled(rest, true)));
    }

    /** What the model said, at its own speed and rate. */
    long spokenSamples() {
        return spokenSamples;
    }

    /** What the model said comes to so many samples at 24 kHz of what the client plays. */
    long generatedSamples() {
        return generatedSamplesOf(spokenSamples);
    }

    /** As {@link #generatedSamples}, had the model said so many more samples of its own. */
    long generatedSamplesAfter(long moreSpokenSamples) {
        return generatedSamplesOf(spokenSamples + moreSpokenSamples);
    }

    /** What is out comes to so many samples at 24 kHz of what the client plays. */
    long sentSamples() {
        return timeBaseSamplesOf(clientSamples);
    }

    /** Rounds where the stretch and the resampler round, so that the whole is the whole to the sample. */
    private long generatedSamplesOf(long spoken) {
        long stretched = stretch == null ? spoken : stretch.outputSamplesOf(spoken);
        return timeBaseSamplesOf(resampler == null ? stretched : resampler.outputSamplesOf(stretched));
    }

    private long timeBaseSamplesOf(long samplesAtClientRate) {
        return samplesAtClientRate * SPOKEN.sampleRateHz() / format.sampleRateHz();
    }

    // Each stage takes its buffer and gives one.

    private ByteBuf stretched(ByteBuf pcm) {
        if (stretch == null) return pcm;
        try {
            ByteBuf out = pcm.alloc().buffer();
            stretch.feed(pcm, out);
            return out;
        } finally {
            pcm.release();
        }
    }

    private ByteBuf resampled(ByteBuf pcm, boolean isLast) {
        if (resampler == null) return pcm;
        try {
            ByteBuf out = pcm.alloc().buffer(resampler.mostOutputBytes(pcm.readableBytes()));
            resampler.feed(pcm, out);
            if (isLast) resampler.flush(out);
            return out;
        } finally {
            pcm.release();
        }
    }

    private ByteBuf companded(ByteBuf pcm) {
        if (format.encoding() == AudioFormat.Encoding.PCM16) return pcm;
        try {
            ByteBuf out = pcm.alloc().buffer();
            G711.encode(format.encoding(), pcm, out);
            return out;
        } finally {
            pcm.release();
        }
    }

    private ByteBuf counted(ByteBuf sent) {
        clientSamples += format.samplesIn(sent.readableBytes());
        return sent;
    }
}
