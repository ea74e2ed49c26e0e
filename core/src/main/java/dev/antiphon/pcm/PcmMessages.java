package dev.antiphon.pcm;

import org.jspecify.annotations.Nullable;

/**
 * What a client's text messages mean.
 *
 * <p>Threading: called by {@link PcmReader#read}, on its caller's thread.
 */
public interface PcmMessages {
    /** {@code start}: what the client wants has been read into the draft. */
    void onStart();

    /** {@code end}: the person's turn is over. */
    void onEnd();

    /** {@code cancel}: the reply shall stop now. */
    void onCancel();

    /** {@code played} with a mark: everything before the mark has been played, or was thrown away. */
    void onMark(String mark, boolean isFlushed);

    /** {@code played} with an item: so much of it has been played. */
    void onPlayed(String itemId, long millis);

    /** {@code text}: the person has typed this. */
    void onText(String text);

    /** @param t to be told back as it is, one JSON value; null: there was none */
    void onPing(@Nullable String t);

    /** {@code stop}: the client has nothing more to say. */
    void onStop();
}
