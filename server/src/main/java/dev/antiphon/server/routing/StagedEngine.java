package dev.antiphon.server.routing;

import dev.antiphon.cascade.Cascade;
import dev.antiphon.cascade.CascadeSettings;
import dev.antiphon.cascade.CascadeSettings.Hearing;
import dev.antiphon.cascade.CascadeSettings.Thinking;
import dev.antiphon.cascade.SpeechSettings;
import dev.antiphon.cascade.SpokenFallback;
import dev.antiphon.server.upstream.Models;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The engine of {@code dev.antiphon.cascade}, on the event loops.
 *
 * <p>Threading: thread-safe.
 */
public final class StagedEngine implements CascadeEngine {
    private static final Thinking THINKING = new Thinking(null, Thinking.PLAIN_SENTENCES);
    private static final int SENTENCES_AHEAD = 1;

    @Override
    public UpstreamCalls callsOn(Asker asker, Transcriber transcriber, Models chat, Speaker speaker) {
        return new Cascade(
                new CascadeSettings(new Hearing(transcriber.model(), null, null), THINKING, settingsOf(speaker)),
                new Cascade.Stages(
                        transcriber.models().transcriptionsOn(asker.loop()),
                        onReadable -> chat.callsOn(asker.loop(), onReadable),
                        speaker.models().bodiesOn(asker.loop())),
                asker.costs(),
                asker.loop(),
                asker.onReadable());
    }

    @Override
    public UpstreamCalls spokenOn(Asker asker, Function<Consumer<ReplyInlet>, UpstreamCalls> model, Speaker speaker) {
        return new SpokenFallback(
                settingsOf(speaker),
                model,
                speaker.models().bodiesOn(asker.loop()),
                asker.costs(),
                asker.loop(),
                asker.onReadable());
    }

    private static SpeechSettings settingsOf(Speaker speaker) {
        return new SpeechSettings(
                speaker.model(), Map.of(), speaker.voice(), null, SENTENCES_AHEAD, SpeechSettings.Portions.DEFAULT);
    }
}
