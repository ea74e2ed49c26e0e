package dev.antiphon.server.twin.script;

import dev.antiphon.audio.AudioClip;

/**
 * A script whose sound is made while it is being sent.
 *
 * <p>Threading: confined to the answer's event loop.
 */
public interface SoundScript extends AnswerScript {
    /** The sound of the next sentence, PCM16 at 24 kHz. */
    void addSound(AudioClip speech);

    /** No sentence follows. */
    void endSound();

    /** Whether sound made now would not wait for long. */
    boolean wantsSound();
}
