package dev.antiphon.server.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who answers for one model of the clients.
 *
 * <p>Threading: immutable.
 */
public sealed interface ModelRoute {

    /**
     * One model hears and speaks.
     *
     * @param ranks those that are asked first, then those that are asked when all of them fail, and so on; neither the
     *     list nor one in it is empty
     * @param speaker who speaks for it when it answers in writing all the same; null: nobody, the words are sent as they are
     */
    record Audio(List<List<Target>> ranks, @Nullable Speaker speaker) implements ModelRoute {
        public Audio(List<List<Target>> ranks) {
            this(ranks, null);
        }

        public Audio {
            if (ranks.isEmpty() || ranks.stream().anyMatch(List::isEmpty)) {
                throw new IllegalArgumentException("ranks: " + ranks + " (expected: at least one, none of them empty)");
            }
            ranks = ranks.stream().map(List::copyOf).toList();
        }

        static Audio to(Target target) {
            return new Audio(List.of(List.of(target)));
        }
    }

    /** One model writes down what is heard, one answers in text, one speaks. */
    record Cascade(Target transcription, Target chat, Speaker speaker) implements ModelRoute {}

    /**
     * A model of {@code /audio/speech}.
     *
     * @param voice null: the session's
     */
    record Speaker(Target target, @Nullable String voice) {}

    /**
     * A model at a server.
     *
     * @param upstream its {@link Upstream#name}
     * @param model null: the server's own, or as the client names it
     */
    record Target(String upstream, @Nullable String model) {}
}
