package dev.antiphon.server.media;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.container.OggWriter;
import dev.antiphon.container.OpusHead;
import dev.antiphon.container.OpusPacket;
import io.github.jaredmdobson.concentus.OpusApplication;
import io.github.jaredmdobson.concentus.OpusEncoder;
import io.github.jaredmdobson.concentus.OpusException;
import io.github.jaredmdobson.concentus.OpusSignal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * PCM16 at 24 kHz, in pieces, becomes Opus in Ogg: frames of 20 ms, each as soon as it is whole, the last but one at the
 * latest. Decoded again, the sound is as long as it was, to the sample, and where it was.
 *
 * <p>Threading: confined to its caller. 100 to 500 µs and some 120 KB of garbage for each 20 ms of speech: nobody's event
 * loop should carry more than a few of these.
 */
public final class OpusStreamEncoder {
    /** What speech of this rate is clear at. */
    public static final int SPEECH_BITS_PER_SECOND = 32_000;

    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    private static final int FRAME_MILLIS = 20;
    private static final int FRAME_SAMPLES = (int) FORMAT.samplesInMillis(FRAME_MILLIS);
    private static final int SCALE = OpusPacket.RATE_HZ / FORMAT.sampleRateHz();
    private static final int MOST_PACKET_BYTES = 1_276;
    private static final int COMPLEXITY = 5; // half the time of 10, and nothing that one hears in speech

    private final OpusEncoder encoder;
    private final OggWriter ogg;
    private final int lookaheadSamples;
    private final short[] frame = new short[FRAME_SAMPLES];
    private final byte[] packet = new byte[MOST_PACKET_BYTES];
    private final ByteBuf packetBuffer = Unpooled.wrappedBuffer(packet);

    private int frameSamples; // that are in the frame
    private long speechSamples;
    private long encodedSamples;
    private boolean hasBegun;

    /** @param serial of the Ogg stream: any number, another for each */
    public OpusStreamEncoder(int bitsPerSecond, int serial) {
        try {
            encoder = new OpusEncoder(FORMAT.sampleRateHz(), 1, OpusApplication.OPUS_APPLICATION_VOIP);
        } catch (OpusException e) {
            throw new IllegalStateException("opus encoder: not made", e);
        }
        encoder.setBitrate(bitsPerSecond);
        encoder.setSignalType(OpusSignal.OPUS_SIGNAL_VOICE);
        encoder.setComplexity(COMPLEXITY);
        lookaheadSamples = encoder.getLookahead();
        ogg = new OggWriter(new OpusHead(1, SCALE * lookaheadSamples, FORMAT.sampleRateHz(), 0), serial);
    }

    /**
     * Takes the next samples and appends what became known of the file: at the first call its head, at each the frames that
     * became whole, the last left out.
     *
     * @param pcm whole samples; lent, its indices stay
     * @param out lent
     */
    public void feed(ByteBuf pcm, ByteBuf out) {
        begin(out);
        ByteBuf rest = pcm.slice();
        int samples = (int) FORMAT.samplesIn(rest.readableBytes());
        for (int i = 0; i < samples; i++) add(rest.readShortLE(), out);
        speechSamples += samples;
        ogg.flush(out);
    }

    /**
     * The speech is over: appends the rest of the file.
     *
     * @param out lent
     */
    public void end(ByteBuf out) {
        begin(out);
        // What the encoder holds back comes out with silence behind it.
        while (encodedSamples < speechSamples + lookaheadSamples) add((short) 0, out);
        long trimSamples = encodedSamples - speechSamples - lookaheadSamples;
        ogg.end((int) (SCALE * trimSamples), out);
    }

    private void begin(ByteBuf out) {
        if (hasBegun) return;
        hasBegun = true;
        ogg.begin(out);
    }

    private void add(short sample, ByteBuf out) {
        frame[frameSamples++] = sample;
        if (frameSamples < FRAME_SAMPLES) return;
        frameSamples = 0;
        encodedSamples += FRAME_SAMPLES;
        try {
            int bytes = encoder.encode(frame, 0, FRAME_SAMPLES, packet, 0, packet.length);
            ogg.write(packetBuffer.setIndex(0, bytes), out);
        } catch (OpusException e) {
            throw new IllegalStateException("opus encoder: a frame refused", e);
        }
    }
}
