package dev.antiphon.server.media;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.WavDecoder;
import dev.antiphon.audio.WavFault;
import dev.antiphon.container.Container;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.BooleanSupplier;

/**
 * Reads one whole file of speech.
 *
 * <p>Threading: stateless; takes milliseconds to seconds, so never on an event loop.
 */
final class SpokenFile {
    private static final String EXPECTED =
            " (expected: wav, or webm or ogg with Opus; mp3 and flac go to a provider unchanged)";
    private static final int PIECE_BYTES = 1 << 14;

    private SpokenFile() {}

    /** Nobody waits for the file any more. */
    static final class GivenUp extends RuntimeException {
        private static final long serialVersionUID = 1L;

        GivenUp() {
            super("nobody waits for the file", null, false, false);
        }
    }

    /**
     * PCM16 mono at 24 kHz.
     *
     * @param file lent, its indices stay
     * @param isGivenUp asked now and then
     * @throws UnreadableAudio if it cannot be read, or is longer than that
     * @throws GivenUp if nobody waits for it any more
     */
    static AudioClip read(ByteBuf file, int mostSeconds, BooleanSupplier isGivenUp) {
        return switch (Container.of(file)) {
            case WAV -> readWav(file, mostSeconds, isGivenUp);
            case OGG, WEBM, MP3, FLAC, MP4, AAC, UNKNOWN ->
                throw new UnreadableAudio(
                        UnreadableAudio.Reason.UNSUPPORTED,
                        "file: " + Container.of(file).label() + EXPECTED);
        };
    }

    private static AudioClip readWav(ByteBuf file, int mostSeconds, BooleanSupplier isGivenUp) {
        WavDecoder decoder = new WavDecoder();
        SpeechTrack track = new SpeechTrack(mostSeconds);
        ByteBuf rest = file.slice();
        ByteBuf pcm = Unpooled.buffer(2 * PIECE_BYTES);
        try {
            while (rest.isReadable()) {
                if (isGivenUp.getAsBoolean()) throw new GivenUp();
                decoder.feed(rest.readSlice(Math.min(PIECE_BYTES, rest.readableBytes())), pcm.clear());
                track.feed(decoder.sampleRateHz(), pcm);
            }
            decoder.end();
            return track.end(0);
        } catch (WavFault fault) {
            throw new UnreadableAudio(UnreadableAudio.Reason.MALFORMED, "file: " + fault.getMessage());
        }
    }
}
