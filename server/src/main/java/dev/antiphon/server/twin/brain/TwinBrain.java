package dev.antiphon.server.twin.brain;

import dev.antiphon.server.twin.wire.TwinRequest;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Decides what to answer. */
public final class TwinBrain {
    public Answer answer(TwinRequest request, Function<String, @Nullable String> transcripts) {
        return new Answer.Spoken("Hello from the twin. I am here, and I can speak.");
    }
}
