package dev.antiphon.server.rest.audio;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Wav;
import io.netty.buffer.ByteBuf;

/**
 * Puts the header of a WAV file that is still being spoken before the samples.
 *
 * <p>Threading: confined to the event loop of its answer.
 */
final class WavRecoder implements Recoder {
    @Override
    public void begin(ByteBuf out) {
        Wav.writeStreamingHeader(AudioFormat.PCM16_24KHZ.sampleRateHz(), out);
    }

    @Override
    public void feed(ByteBuf pcm, ByteBuf out) {
        out.writeBytes(pcm);
    }

    @Override
    public void end(ByteBuf out) {}
}
