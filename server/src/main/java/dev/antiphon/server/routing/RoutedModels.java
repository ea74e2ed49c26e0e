package dev.antiphon.server.routing;

import dev.antiphon.cascade.CascadeCosts;
import dev.antiphon.server.routing.CascadeEngine.Asker;
import dev.antiphon.server.routing.RouteTable.Entry;
import dev.antiphon.server.upstream.Models;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.channel.EventLoop;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * All models of one route table, under the policy of attempts.
 *
 * <p>Threading: thread-safe; what the methods return is confined to the loop it was asked for.
 */
final class RoutedModels implements Models {
    private final RouteTable table;
    private final NanoClock clock;
    private final Random seeds; // thread-safe
    private final CascadeEngine cascades;

    RoutedModels(RouteTable table, NanoClock clock, Random seeds, CascadeEngine cascades) {
        this.table = table;
        this.clock = clock;
        this.seeds = seeds;
        this.cascades = cascades;
    }

    @Override
    public UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable) {
        return callsOn(loop, onReadable, CascadeCosts.NONE);
    }

    @Override
    public UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable, CascadeCosts costs) {
        return new RoutedCalls(this, new Asker(loop, onReadable, costs), newRandom());
    }

    @Override
    public TranscriptionCalls transcriptionsOn(EventLoop loop) {
        SplittableRandom random = newRandom();
        return (request, out) -> {
            assert loop.inEventLoop();
            Attempts attempts = attempts(table.other(request.model()), random);
            RoutedTranscription routed = new RoutedTranscription(this, loop, attempts, request, out);
            routed.begin();
            return routed;
        };
    }

    @Override
    public BodyCalls bodiesOn(EventLoop loop) {
        SplittableRandom random = newRandom();
        return (request, out) -> {
            assert loop.inEventLoop();
            Route route = table.body(request.endpoint(), request.model());
            if (route == null) {
                UpstreamFault fault = table.chat(request.model()) == null
                        ? FaultRules.unknownModel(request.model())
                        : FaultRules.noWholeAnswer(request.model());
                return RefusedBody.tellOn(loop, fault, out);
            }
            RoutedBody routed = new RoutedBody(this, loop, attempts(route, random), request, out);
            routed.begin();
            return routed;
        };
    }

    RouteTable table() {
        return table;
    }

    NanoClock clock() {
        return clock;
    }

    UpstreamCalls cascade(Asker asker, Entry.InStages stages) {
        Route transcription = stages.transcription();
        return cascades.callsOn(
                asker,
                new CascadeEngine.Transcriber(only(transcription), transcription.modelFor("transcription")),
                only(stages.chat()),
                speaker(stages.speaker()));
    }

    UpstreamCalls spoken(
            Asker asker, Function<Consumer<ReplyInlet>, UpstreamCalls> model, RouteTable.Speaking speaker) {
        return cascades.spokenOn(asker, model, speaker(speaker));
    }

    private CascadeEngine.Speaker speaker(RouteTable.Speaking speaking) {
        Route route = speaking.route();
        return new CascadeEngine.Speaker(only(route), route.modelFor("speech"), speaking.voice());
    }

    private Models only(Route route) {
        return new RoutedModels(RouteTable.always(route), clock, seeds, cascades);
    }

    /** Drawn for each request: what is not a session has no pick to keep. */
    private Attempts attempts(Route route, SplittableRandom random) {
        return new Attempts(new Picks(route.draw(random)), clock.nanoTime(), random);
    }

    private SplittableRandom newRandom() {
        return new SplittableRandom(seeds.nextLong());
    }
}
