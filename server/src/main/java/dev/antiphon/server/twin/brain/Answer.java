package dev.antiphon.server.twin.brain;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.twin.wire.TranscriptPieces;
import java.util.List;

/**
 * What the twin decided to answer.
 *
 * <p>Threading: immutable.
 */
public sealed interface Answer {
    /** Words to be spoken by a voice; they are the transcript. */
    record Spoken(String words) implements Answer {}

    /** A sound to be played as it is. */
    record Played(AudioClip sound, String transcript) implements Answer {}

    /** Words to be read: {@code delta.content}. */
    record Written(String words) implements Answer {}

    /** Functions to be called, at least one. */
    record Called(List<Call> calls) implements Answer {
        public Called {
            if (calls.isEmpty()) throw new IllegalArgumentException("calls: none (expected: at least one)");
            calls = List.copyOf(calls);
        }

        /** A rough count. */
        public int tokens() {
            int chars = 0;
            for (Call call : calls)
                chars += call.name().length() + call.arguments().length();
            return TranscriptPieces.estimateTokens(chars);
        }
    }

    /** @param arguments JSON text */
    record Call(String name, String arguments) {}
}
