package dev.antiphon.session;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.G711;
import dev.antiphon.audio.Resampler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The client's audio on its way in: from the format the client sends to PCM16 at 24 kHz, which is all that the session
 * hears. What is in that format already passes untouched.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class ClientVoice {
    private static final AudioFormat HEARD = AudioFormat.PCM16_24KHZ;

    private static final ByteBufAllocator ALLOCATOR = ByteBufAllocator.DEFAULT;

    private AudioFormat format = HEARD;
    private @Nullable Resampler resampler; // null: the client sends the rate that is heard

    /**
     * Takes the next piece. A format other than that of the last piece begins a new stream.
     *
     * @param audio whole samples in {@code sent}; lent, its indices stay
     * @return what became known, PCM16 24 kHz; given. It is {@code audio} itself where nothing had to be done
     */
    ByteBuf hear(AudioFormat sent, ByteBuf audio) {
        if (!sent.equals(format)) become(sent);
        if (format.equals(HEARD)) return audio.retain();
        ByteBuf pcm = expanded(audio);
        if (resampler == null) return pcm;
        try {
            return resampled(resampler, pcm);
        } finally {
            pcm.release();
        }
    }

    /**
     * Somebody takes out what was heard: its last samples must not wait for those that follow. Since the last flush so
     * many samples were heard as last as long as what was sent.
     *
     * @return what still waited, PCM16 24 kHz, maybe nothing; given
     */
    ByteBuf flush() {
        if (resampler == null) return Unpooled.EMPTY_BUFFER;
        ByteBuf rest = ALLOCATOR.buffer();
        resampler.flush(rest);
        return rest;
    }

    /** Forgets what still waits. */
    void reset() {
        if (resampler != null) resampler.reset();
    }

    private void become(AudioFormat newFormat) {
        format = newFormat;
        boolean isRateHeard = newFormat.sampleRateHz() == HEARD.sampleRateHz();
        resampler = isRateHeard ? null : new Resampler(newFormat.sampleRateHz(), HEARD.sampleRateHz());
    }

    /** @return PCM16 at the client's rate; given */
    private ByteBuf expanded(ByteBuf audio) {
        if (format.encoding() == AudioFormat.Encoding.PCM16) return audio.retain();
        ByteBuf pcm = ALLOCATOR.buffer();
        G711.decode(format.encoding(), audio, pcm);
        return pcm;
    }

    private static ByteBuf resampled(Resampler resampler, ByteBuf pcm) {
        ByteBuf heard = ALLOCATOR.buffer(resampler.mostOutputBytes(pcm.readableBytes()));
        resampler.feed(pcm, heard);
        return heard;
    }
}
