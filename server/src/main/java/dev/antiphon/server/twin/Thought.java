package dev.antiphon.server.twin;

import dev.antiphon.server.twin.brain.Answer;
import dev.antiphon.server.twin.wire.TwinRequest;
import dev.antiphon.upstream.Usage;
import org.jspecify.annotations.Nullable;

/**
 * A request that was understood, and what will be answered.
 *
 * <p>Threading: immutable.
 *
 * @param input what the request costs
 * @param fault how to fail on the way; null: not at all
 */
record Thought(
        TwinRequest request,
        Answer answer,
        Usage.Input input,
        @Nullable TwinFault fault) {

    /** Of a spoken answer, which there is only when the request asks for sound. */
    TwinRequest.Sound sound() {
        TwinRequest.Sound sound = request.sound();
        if (sound == null) throw new IllegalStateException("sound: none (expected: asked for)");
        return sound;
    }

    Usage usage(int textTokens, int audioTokens) {
        Usage.Output output = new Usage.Output(textTokens + audioTokens, textTokens, audioTokens, 0);
        return new Usage(input, output, input.tokens() + output.tokens());
    }
}
