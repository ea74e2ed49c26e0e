package dev.antiphon.cascade;

import dev.antiphon.audio.AudioClip;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was written down of the clips of one session, so that an old turn is not transcribed again with each new one. A
 * clip is known again by its identity, and forgotten with it: a transcript keeps no sound alive.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class Transcripts {
    /** More clips than the memory of a session holds at its default; the oldest is then asked for again. */
    private static final int MOST = 256;

    private record Known(WeakReference<AudioClip> clip, String text) {}

    private final List<Known> known = new ArrayList<>(); // the oldest first

    void put(AudioClip clip, String text) {
        known.removeIf(each -> each.clip().get() == null);
        if (known.size() == MOST) known.remove(0);
        known.add(new Known(new WeakReference<>(clip), text));
    }

    /** Null: not known. */
    @Nullable
    String of(AudioClip clip) {
        for (int i = known.size() - 1; i >= 0; i--) {
            // By content, two clips could be equal, at the cost of reading both.
            if (known.get(i).clip().refersTo(clip)) return known.get(i).text();
        }
        return null;
    }
}
