package dev.antiphon.server.upstream;

import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyDecoder;
import dev.antiphon.upstream.ReplyDecoder;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.ResponseDecoder;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionDecoder;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
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
        SslContext tls = settings.endpoint().server().tls() ? tls(settings.trustedCertificates()) : null;
        resolver = new HostResolver(InetAddress::getAllByName);
        UpstreamConnector connector = new UpstreamConnector(
                settings.endpoint().server(), settings.deadlines().connectMillis(), tls, resolver);
        Map<EventExecutor, LoopSide> byLoop = new HashMap<>();
        for (EventExecutor executor : loops) {
            EventLoop loop = (EventLoop) executor;
            UpstreamPool pool = new UpstreamPool(loop, connector, settings.pooling(), clock);
            byLoop.put(loop, new LoopSide(loop, pool, new UpstreamRequests(settings.endpoint())));
        }
        sides = Map.copyOf(byLoop);
    }

    /** Opens the warm connections of every loop, in the background; a server that is not there yet is tried again. */
    public void open() {
        for (LoopSide side : sides.values()) side.loop().execute(side.pool()::replenish);
    }

    @Override
    public UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable) {
        LoopSide side = sideOf(loop);
        return (request, reply) -> {
            assert loop.inEventLoop();
            ReplyDecoder decoder = new ReplyDecoder(
                    settings.maxEventBytes(), settings.endpoint().dialect(), request.speech() != null, reply);
            UpstreamCall call = newCall(side, decoder, new ReplyOutlet(reply, onReadable));
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
                    newCall(side, decoder, outlet), side.requests().transcription(request, ByteBufAllocator.DEFAULT));
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
                    newCall(side, new BodyDecoder(outlet), outlet),
                    side.requests().body(request, ByteBufAllocator.DEFAULT));
            return outlet;
        };
    }

    private UpstreamCall newCall(LoopSide side, ResponseDecoder decoder, CallOutlet outlet) {
        return new UpstreamCall(side.pool(), side.loop(), clock, settings.deadlines(), decoder, outlet);
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

    private static SslContext tls(@Nullable Path trustedCertificates) {
        // No trust manager of our own: a plain X509TrustManager would switch the check of the host name off.
        SslContextBuilder builder =
                SslContextBuilder.forClient().protocols("TLSv1.3", "TLSv1.2").endpointIdentificationAlgorithm("HTTPS");
        try {
            if (trustedCertificates != null) builder.trustManager(trustedCertificates.toFile());
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "trusted certificates: " + trustedCertificates + " (expected: a readable PEM file)", e);
        }
    }
}
