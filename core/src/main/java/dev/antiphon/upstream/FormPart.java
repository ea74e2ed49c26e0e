package dev.antiphon.upstream;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Wav;
import io.netty.buffer.ByteBuf;

/**
 * One part of a {@code multipart/form-data} body.
 *
 * <p>Threading: immutable.
 */
public sealed interface FormPart {
    String name();

    /** Text. */
    record Field(String name, String value) implements FormPart {}

    /**
     * A file.
     *
     * @param filename its suffix is how providers tell formats apart
     */
    record File(String name, String filename, String contentType, Content content) implements FormPart {
        /** A clip as a WAV file, with the name that most endpoints want it under. */
        public static File wav(AudioClip clip) {
            return new File("file", "audio.wav", "audio/wav", new WavContent(clip));
        }

        /** @param bytes lent for as long as the part is used, and not to be changed */
        public static File of(String filename, String contentType, byte[] bytes) {
            return new File("file", filename, contentType, new Bytes(bytes));
        }
    }

    /** What is in a file. */
    interface Content {
        int bytes();

        /** Appends all bytes to {@code out}. */
        void appendTo(ByteBuf out);
    }

    /** PCM16 behind a header. */
    final class WavContent implements Content {
        private final AudioClip clip;

        private WavContent(AudioClip clip) {
            this.clip = clip;
        }

        @Override
        public int bytes() {
            return Wav.HEADER_BYTES + clip.bytes();
        }

        @Override
        public void appendTo(ByteBuf out) {
            Wav.writeHeader(clip.format().sampleRateHz(), clip.bytes(), out);
            clip.appendTo(out);
        }
    }

    /** Bytes as they came. */
    final class Bytes implements Content {
        private final byte[] content;

        private Bytes(byte[] content) {
            this.content = content;
        }

        @Override
        public int bytes() {
            return content.length;
        }

        @Override
        public void appendTo(ByteBuf out) {
            out.writeBytes(content);
        }
    }
}
