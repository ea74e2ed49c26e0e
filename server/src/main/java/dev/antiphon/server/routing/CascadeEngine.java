package dev.antiphon.server.routing;

import dev.antiphon.server.upstream.Models;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.channel.EventLoop;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes one model that hears and speaks out of three that do not.
 *
 * <p>Threading: thread-safe; what it returns is confined to the loop it was asked for.
 */
public interface CascadeEngine {
    /** As {@link Models#callsOn} has it. */
    UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable, Stages stages);

    /**
     * The three, each with the policy of all calls. Whatever model is named to one of them, it asks the configured one.
     *
     * @param voice of the one that speaks; null: the session's
     */
    record Stages(
            Models transcription,
            Models chat,
            Models speech,
            @Nullable String voice) {}
}
