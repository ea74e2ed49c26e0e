package dev.antiphon.server.routing;

import dev.antiphon.cascade.CascadeCosts;
import dev.antiphon.server.upstream.Models;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.channel.EventLoop;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes models that hear and speak out of models that do not.
 *
 * <p>Threading: thread-safe; what it returns is confined to the loop it was asked for.
 */
public interface CascadeEngine {
    /** Three models in a row. Whatever model is named to one of them, it asks the configured one. */
    UpstreamCalls callsOn(Asker asker, Transcriber transcriber, Models chat, Speaker speaker);

    /**
     * A model that speaks, and another that speaks for it when it answers in writing.
     *
     * @param model the way to it, given what it is to tell of each inlet that can be read
     */
    UpstreamCalls spokenOn(Asker asker, Function<Consumer<ReplyInlet>, UpstreamCalls> model, Speaker speaker);

    /**
     * For whom: as {@link Models#callsOn} has it.
     *
     * @param costs told of what an answer costs beside the chat completion
     */
    record Asker(EventLoop loop, Consumer<ReplyInlet> onReadable, CascadeCosts costs) {}

    /** @param model that is asked, by the name under which its cost is told */
    record Transcriber(Models models, String model) {}

    /**
     * @param model that is asked, by the name under which its cost is told
     * @param voice null: the session's
     */
    record Speaker(Models models, String model, @Nullable String voice) {}
}
