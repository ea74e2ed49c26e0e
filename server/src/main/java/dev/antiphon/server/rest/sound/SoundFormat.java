package dev.antiphon.server.rest.sound;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code audio.format} may be, and who makes it.
 *
 * <p>Threading: immutable.
 */
public enum SoundFormat {
    PCM16(true),
    WAV(true),
    G711_ULAW(true),
    G711_ALAW(true),
    /** Ogg. */
    OPUS(true),
    MP3(false),
    AAC(false),
    FLAC(false);

    public static final String STREAMED = "'pcm16', 'wav', 'g711_ulaw', 'g711_alaw', and 'opus'";
    public static final String WHOLE = "'wav', 'pcm16', 'g711_ulaw', 'g711_alaw', 'opus', 'mp3', 'aac', and 'flac'";

    private final boolean isOurs;

    SoundFormat(boolean isOurs) {
        this.isOurs = isOurs;
    }

    /** Whether we make it from what the model says in PCM; otherwise the provider is asked for it. */
    public boolean isOurs() {
        return isOurs;
    }

    /** @return null: there is none of that name */
    public static @Nullable SoundFormat of(String wire) {
        for (SoundFormat format : values()) {
            if (format.wire().equals(wire)) return format;
        }
        return null;
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
