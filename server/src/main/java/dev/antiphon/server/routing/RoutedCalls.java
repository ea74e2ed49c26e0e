package dev.antiphon.server.routing;

import dev.antiphon.server.routing.CascadeEngine.Asker;
import dev.antiphon.server.routing.RouteTable.Entry;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * The chat completions of one session: what it has drawn of each route, and which server knows which of its answers.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class RoutedCalls implements UpstreamCalls {
    /** A session asks for one model; one who asks for the models of many is not remembered for all of them. */
    private static final int MOST_MODELS = 64;

    private final RoutedModels models;
    private final Asker asker;
    private final SplittableRandom random;
    private final AudioIds audioIds = new AudioIds();
    private final Map<Line, UpstreamCalls> lines = new HashMap<>();
    private final Map<String, UpstreamCalls> engines = new HashMap<>(); // by the configured names
    private final Map<String, Picks> picks = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Picks> eldest) {
            return size() > MOST_MODELS;
        }
    };

    RoutedCalls(RoutedModels models, Asker asker, SplittableRandom random) {
        this.models = models;
        this.asker = asker;
        this.random = random;
    }

    @Override
    public Call start(ChatRequest request, ReplyInlet reply) {
        assert loop().inEventLoop();
        String model = request.model();
        Entry entry = models.table().chat(model);
        if (entry == null) return refuse(FaultRules.unknownModel(model), reply);
        if (entry instanceof Entry.InStages stages) {
            return engines.computeIfAbsent(nameOf(model), name -> models.cascade(asker, stages))
                    .start(request, reply);
        }
        Entry.Direct direct = (Entry.Direct) entry;
        RouteTable.Speaking speaker = direct.speaker();
        if (speaker == null) return ask(direct.route(), request, reply, asker.onReadable());
        return engines.computeIfAbsent(nameOf(model), name -> spoken(direct.route(), speaker))
                .start(request, reply);
    }

    private UpstreamCalls spoken(Route route, RouteTable.Speaking speaker) {
        return models.spoken(asker, onReadable -> (request, reply) -> ask(route, request, reply, onReadable), speaker);
    }

    private Call ask(Route route, ChatRequest request, ReplyInlet reply, Consumer<ReplyInlet> onReadable) {
        Picks drawn = picks.computeIfAbsent(request.model(), name -> new Picks(route.draw(random)));
        RoutedReply routed = new RoutedReply(this, drawn, request, reply, onReadable);
        routed.begin();
        return routed;
    }

    EventLoop loop() {
        return asker.loop();
    }

    NanoClock clock() {
        return models.clock();
    }

    AudioIds audioIds() {
        return audioIds;
    }

    Attempts attempts(Picks drawn) {
        return new Attempts(drawn, clock().nanoTime(), random);
    }

    UpstreamCalls of(Line line) {
        return lines.computeIfAbsent(line, each -> each.models().callsOn(loop(), RoutedReply::onReadable));
    }

    /** Names that only the default route knows share one engine. */
    private String nameOf(String model) {
        return models.table().isNamed(model) ? model : "";
    }

    private Call refuse(UpstreamFault fault, ReplyInlet reply) {
        Refusal refusal = new Refusal(fault, reply);
        loop().execute(refusal::tell);
        return refusal;
    }

    /** A call that nobody was asked. */
    private final class Refusal implements Call {
        private final UpstreamFault fault;
        private final ReplyInlet reply;
        private boolean isCancelled;

        Refusal(UpstreamFault fault, ReplyInlet reply) {
            this.fault = fault;
            this.reply = reply;
        }

        void tell() {
            if (isCancelled) return;
            reply.onFault(fault);
            asker.onReadable().accept(reply);
        }

        @Override
        public void cancel() {
            isCancelled = true;
        }

        @Override
        public void resumeReads() {}
    }
}
