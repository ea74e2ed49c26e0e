package dev.antiphon.server.media;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.WavDecoder;
import dev.antiphon.audio.WavFault;
import dev.antiphon.container.Container;
import dev.antiphon.container.ContainerFault;
import dev.antiphon.container.OggReader;
import dev.antiphon.container.WebmReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Reads one whole file of speech.
 *
 * <p>Threading: confined to its caller; takes milliseconds to seconds, so never on an event loop.
 */
final class SpokenFile {
    private static final String EXPECTED =
            " (expected: wav, or webm or ogg with Opus; mp3 and flac go to a provider unchanged)";
    private static final int PIECE_BYTES = 1 << 14;

    private final ByteBuf file; // lent
    private final SpeechTrack track;
    private final BooleanSupplier isGivenUp;

    private SpokenFile(ByteBuf file, int mostSeconds, BooleanSupplier isGivenUp) {
        this.file = file;
        this.track = new SpeechTrack(mostSeconds);
        this.isGivenUp = isGivenUp;
    }

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
        SpokenFile spoken = new SpokenFile(file, mostSeconds, isGivenUp);
        Container container = Container.of(file);
        try {
            return switch (container) {
                case WAV -> spoken.readWav();
                case OGG -> spoken.readOgg();
                case WEBM -> spoken.readWebm();
                case MP3, FLAC, MP4, AAC, UNKNOWN ->
                    throw new UnreadableAudio(
                            UnreadableAudio.Reason.UNSUPPORTED, "file: " + container.label() + EXPECTED);
            };
        } catch (WavFault | ContainerFault fault) {
            throw new UnreadableAudio(UnreadableAudio.Reason.MALFORMED, "file: " + fault.getMessage());
        }
    }

    private AudioClip readWav() {
        WavDecoder decoder = new WavDecoder();
        ByteBuf pcm = Unpooled.buffer(2 * PIECE_BYTES);
        inPieces(piece -> {
            decoder.feed(piece, pcm.clear());
            track.feed(decoder.sampleRateHz(), pcm);
        });
        decoder.end();
        return track.end(0);
    }

    private AudioClip readOgg() {
        OpusTrack opus = new OpusTrack(track);
        OggReader reader = new OggReader(opus);
        inPieces(reader::feed);
        reader.end();
        return track.end(opus.trimSamples());
    }

    private AudioClip readWebm() {
        OpusTrack opus = new OpusTrack(track);
        WebmReader reader = new WebmReader(opus);
        inPieces(reader::feed);
        reader.end();
        return track.end(opus.trimSamples());
    }

    private void inPieces(Consumer<ByteBuf> reader) {
        ByteBuf rest = file.slice();
        while (rest.isReadable()) {
            if (isGivenUp.getAsBoolean()) throw new GivenUp();
            reader.accept(rest.readSlice(Math.min(PIECE_BYTES, rest.readableBytes())));
        }
    }
}
