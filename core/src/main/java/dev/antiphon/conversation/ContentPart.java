package dev.antiphon.conversation;

import dev.antiphon.audio.AudioClip;
import org.jspecify.annotations.Nullable;

/**
 * One content part of a message item, named as the Realtime protocol (GA) names it.
 *
 * <p>Threading: immutable.
 */
public sealed interface ContentPart {

    /** {@code input_text}: written by a user or the system. */
    record InputText(String text) implements ContentPart {}

    /**
     * {@code input_audio}: spoken by a user.
     *
     * @param clip null: the sound was let go, as models are not told it any more
     * @param transcript null: nobody has written it down
     */
    record InputAudio(@Nullable AudioClip clip, @Nullable String transcript) implements ContentPart {}

    /**
     * {@code input_image}.
     *
     * @param url a data URI
     * @param detail null: the provider's default
     */
    record InputImage(String url, @Nullable String detail) implements ContentPart {}

    /** {@code output_text}: written by the assistant. */
    record OutputText(String text) implements ContentPart {}

    /**
     * {@code output_audio}: spoken by the assistant. The sound itself is not kept; the ledger knows how much of it was
     * heard, the provider keeps it under {@code audioId} for a while.
     *
     * @param transcript what was spoken; after a truncation, what was heard
     * @param spokenAnswer null: the provider gave no id, or the answer was cut and must not be quoted whole
     */
    record OutputAudio(String transcript, @Nullable SpokenAnswer spokenAnswer) implements ContentPart {}

    /**
     * An answer the provider remembers under an id.
     *
     * @param expiresAtUnixSeconds end of its life; 0: not said
     */
    record SpokenAnswer(String audioId, long expiresAtUnixSeconds) {}
}
