package dev.antiphon.server.upstream;

import dev.antiphon.cascade.CascadeCosts;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.channel.EventLoop;
import java.util.function.Consumer;

/**
 * The models that can be asked, on whichever servers they are. The model of each request is named as the caller names it.
 *
 * <p>Threading: thread-safe; what the methods return is confined to the loop it was asked for.
 */
public interface Models {
    /**
     * The chat completions of one session.
     *
     * @param loop the session's; {@link UpstreamCalls#start} and the calls it returns are used on it only
     * @param onReadable told on {@code loop}, with the inlet given to {@code start}, once after each read that put
     *     something into it and after its last word; never from inside {@code start}, {@code cancel} or
     *     {@code resumeReads}, and not after {@code cancel}
     */
    UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable);

    /**
     * As above.
     *
     * @param costs told of what an answer costs beside its chat completion, where it takes more than one model
     */
    default UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable, CascadeCosts costs) {
        return callsOn(loop, onReadable);
    }

    /**
     * The transcriptions of one session.
     *
     * @param loop the session's; {@link TranscriptionCalls#start} and the calls it returns are used on it only
     */
    TranscriptionCalls transcriptionsOn(EventLoop loop);

    /**
     * What is answered in bytes: speech, transcripts in any format, whole completions.
     *
     * @param loop of the one who asks; {@link BodyCalls#start} and the calls it returns are used on it only
     */
    BodyCalls bodiesOn(EventLoop loop);
}
