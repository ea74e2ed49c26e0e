package dev.antiphon.server.upstream;

import dev.antiphon.server.auth.Secret;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyDecoder;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.ModelsRequest;
import dev.antiphon.upstream.ReplyDecoder;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.ResponseDecoder;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionDecoder;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The way to one model server: a pool of connections for each event loop, and calls that stay on the loop of the session
 * that makes them.
 *
 * <p>Threading: thread-safe; what {@link #callsOn} returns is confined to the loop it was asked for.
 */
public final class UpstreamClient implements Models, AutoCloseable {
    private final UpstreamSettings settings;
    private final NanoClock clock;
    private final HostResolver resolver;
    private final @Nullable TokenKeeper tokens; // null: requests are signed with a key, or not at all
    private final Map<EventExecutor, LoopSide> sides;

    private record LoopSide(EventLoop loop, UpstreamPool pool, UpstreamRequests requests) {}

    /**
     * Opens nothing yet.
     *
     * @param loops NIO loops; sessions may run on these and no others
     * @param clock its origin and pace are those of the loops: stages of a turn are stamped with it
     * @throws IllegalArgumentException the file of trusted certificates cannot be used
     */
    public UpstreamClient(EventLoopGroup loops, UpstreamSettings settings, NanoClock clock) {
        this.settings = settings;
        this.clock = clock;
        SslContext tls = settings.endpoint().server().tls() ? tls(settings.transport()) : null;
        tokens = settings.endpoint().credentials() instanceof Credentials.Token token
                ? new TokenKeeper(token.supplier(), clock)
                : null;
        resolver = new HostResolver(InetAddress::getAllByName, clock);
        UpstreamConnector connector = new UpstreamConnector(settings, tls, resolver);
        IdleLife idleLife =
                new IdleLife(TimeUnit.MILLISECONDS.toNanos(settings.pooling().idleLifeMillis()));
        Map<EventExecutor, LoopSide> byLoop = new HashMap<>();
        for (EventExecutor executor : loops) {
            EventLoop loop = (EventLoop) executor;
            UpstreamPool pool = new UpstreamPool(
                    loop,
                    connector,
                    settings.pooling(),
                    idleLife,
                    (carrier, onEnd) -> refresh(loop, carrier, onEnd),
                    clock);
            byLoop.put(loop, new LoopSide(loop, pool, new UpstreamRequests(settings.endpoint())));
        }
        sides = Map.copyOf(byLoop);
    }

    /**
     * Opens the warm connections of every loop and fetches the first token, in the background; a server that is not there
     * yet is tried again.
     */
    public void open() {
        if (tokens != null) {
            EventLoop any = sides.values().iterator().next().loop();
            any.execute(() -> fetchAhead(tokens, any));
        }
        for (LoopSide side : sides.values()) side.loop().execute(side.pool()::replenish);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // whoever needs it asks for it
    private static void fetchAhead(TokenKeeper tokens, EventLoop loop) {
        tokens.token(loop);
    }

    @Override
    public UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable) {
        LoopSide side = sideOf(loop);
        return (request, reply) -> {
            assert loop.inEventLoop();
            ReplyDecoder decoder = new ReplyDecoder(
                    settings.maxEventBytes(), settings.endpoint().dialect(), request.speech() != null, reply);
            UpstreamCall call =
                    newCall(side, settings.deadlines().firstByteMillis(), decoder, new ReplyOutlet(reply, onReadable));
            call.start(side.requests().chat(request, ByteBufAllocator.DEFAULT));
            return call;
        };
    }

    @Override
    public TranscriptionCalls transcriptionsOn(EventLoop loop) {
        LoopSide side = sideOf(loop);
        return (request, out) -> {
            assert loop.inEventLoop();
            TranscriptionOutlet outlet = new TranscriptionOutlet(out);
            TranscriptionDecoder decoder = new TranscriptionDecoder(settings.maxEventBytes(), request, outlet);
            outlet.start(
                    newCall(side, settings.deadlines().wholeAnswerMillis(), decoder, outlet),
                    side.requests().transcription(request, ByteBufAllocator.DEFAULT));
            return outlet;
        };
    }

    @Override
    public BodyCalls bodiesOn(EventLoop loop) {
        LoopSide side = sideOf(loop);
        return (request, out) -> {
            assert loop.inEventLoop();
            BodyOutlet outlet = new BodyOutlet(out);
            outlet.start(
                    newCall(side, settings.deadlines().wholeAnswerMillis(), new BodyDecoder(outlet), outlet),
                    side.requests().body(request, ByteBufAllocator.DEFAULT));
            return outlet;
        };
    }

    private void refresh(EventLoop loop, Future<CallCarrier> carrier, Runnable onEnd) {
        LoopSide side = sideOf(loop);
        CallRequest request = side.requests().body(ModelsRequest.INSTANCE, ByteBufAllocator.DEFAULT);
        if (tokens != null) {
            // One that is still to come is not waited for: a refusal keeps a connection as warm as any answer.
            Future<Secret> token = tokens.token(loop);
            if (token.isSuccess()) request.authorize(token.getNow());
        }
        BodyOutlet outlet = new BodyOutlet(new IgnoredBody(onEnd));
        int headMillis = settings.deadlines().firstByteMillis();
        newCall(side, null, headMillis, new BodyDecoder(outlet), outlet).startOn(carrier, request);
    }

    private UpstreamCall newCall(LoopSide side, int headMillis, ResponseDecoder decoder, CallOutlet outlet) {
        return newCall(side, tokens, headMillis, decoder, outlet);
    }

    private UpstreamCall newCall(
            LoopSide side,
            @Nullable TokenKeeper signedWith,
            int headMillis,
            ResponseDecoder decoder,
            CallOutlet outlet) {
        return new UpstreamCall(
                new CallBoarding(side.loop(), side.pool(), signedWith),
                side.loop(),
                clock,
                InstantSource.system(),
                settings.deadlines(),
                headMillis,
                decoder,
                outlet);
    }

    private LoopSide sideOf(EventLoop loop) {
        LoopSide side = sides.get(loop);
        if (side == null) throw new IllegalArgumentException("loop: " + loop + " (expected: one of the client's)");
        return side;
    }

    /** Connections without a call on the loop that asks. */
    int idleConnections() {
        for (LoopSide side : sides.values()) {
            if (side.loop().inEventLoop()) return side.pool().idleConnections();
        }
        throw new IllegalStateException("thread: " + Thread.currentThread() + " (expected: one of the client's loops)");
    }

    /** Closes what is idle and keeps nothing more; calls under way go on to their end. To be closed before the loops. */
    @Override
    public void close() {
        for (LoopSide side : sides.values()) {
            if (!side.loop().isShuttingDown()) side.loop().execute(side.pool()::close);
        }
        resolver.close();
    }

    private static SslContext tls(UpstreamSettings.Transport transport) {
        // No trust manager of our own: a plain X509TrustManager would switch the check of the host name off.
        SslContextBuilder builder =
                SslContextBuilder.forClient().protocols("TLSv1.3", "TLSv1.2").endpointIdentificationAlgorithm("HTTPS");
        switch (transport.protocol()) {
            case AUTO ->
                builder.applicationProtocolConfig(
                        offering(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1));
            case HTTP2 -> builder.applicationProtocolConfig(offering(ApplicationProtocolNames.HTTP_2));
            case HTTP1 -> {}
        }
        Path trusted = transport.trustedCertificates();
        try {
            if (trusted != null) builder.trustManager(trusted.toFile());
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "trusted certificates: " + trusted + " (expected: a readable PEM file)", e);
        }
    }

    private static ApplicationProtocolConfig offering(String... protocols) {
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                protocols);
    }

    /** Of a request that was made for the connection's sake: only that it has ended is of interest. */
    private record IgnoredBody(Runnable onEnd) implements BodyListener {
        @Override
        public void onHead(String contentType) {}

        @Override
        public void onBody(ByteBuf bytes) {}

        @Override
        public void onCompleted() {
            onEnd.run();
        }

        @Override
        public void onFault(UpstreamFault fault) {
            onEnd.run();
        }

        @Override
        public boolean isFull() {
            return false;
        }
    }
}
