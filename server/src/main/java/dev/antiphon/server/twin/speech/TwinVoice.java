package dev.antiphon.server.twin.speech;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The provider's voice names, each with a pitch and a pace of its own so that they can be told apart by ear.
 *
 * <p>Threading: immutable.
 */
public enum TwinVoice {
    ALLOY(105, 11, 150),
    ASH(85, 10, 145),
    BALLAD(95, 18, 135),
    CORAL(170, 20, 155),
    ECHO(92, 11, 150),
    FABLE(120, 22, 145),
    NOVA(180, 18, 165),
    ONYX(70, 8, 140),
    SAGE(150, 14, 140),
    SHIMMER(195, 22, 150),
    VERSE(112, 20, 160),
    MARIN(160, 16, 160),
    CEDAR(78, 12, 150);

    private final float pitchHz;
    private final float pitchRangeHz;
    private final float wordsPerMinute;

    TwinVoice(float pitchHz, float pitchRangeHz, float wordsPerMinute) {
        this.pitchHz = pitchHz;
        this.pitchRangeHz = pitchRangeHz;
        this.wordsPerMinute = wordsPerMinute;
    }

    /** The names on the wire, in the order in which a refusal lists them. */
    public static Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        for (TwinVoice voice : values()) names.add(voice.name().toLowerCase(Locale.ROOT));
        return Collections.unmodifiableSet(names);
    }

    /** @param name one of {@link #names()} */
    public static TwinVoice of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    float pitchHz() {
        return pitchHz;
    }

    float pitchRangeHz() {
        return pitchRangeHz;
    }

    float wordsPerMinute() {
        return wordsPerMinute;
    }
}
