package dev.antiphon.server.rest.audio;

import dev.antiphon.server.client.Admission;
import dev.antiphon.server.client.ClientChannelInitializer;
import dev.antiphon.server.client.ClientLimits;
import dev.antiphon.server.media.SpokenFiles;
import dev.antiphon.server.rest.RestLimits;
import dev.antiphon.server.rest.RestRoutes;
import dev.antiphon.server.rest.account.AccountRoutes;
import dev.antiphon.server.rest.account.ModelNames;
import dev.antiphon.server.rest.sound.SoundCoders;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamClient;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.server.usage.UsageBook;
import dev.antiphon.time.NanoClock;
import dev.antiphon.usage.PriceTable;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The audio routes behind a socket, with a model's server of the test's choice.
 *
 * <p>Threading: confined to the test's thread.
 */
final class AudioGateway implements AutoCloseable {
    static final int MAX_FILE_BYTES = 400_000;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final SpokenFiles files = new SpokenFiles(SpokenFiles.Limits.DEFAULT);
    private final SoundCoders coders = new SoundCoders();
    private final UpstreamClient models;
    private final Channel listener;

    AudioGateway(String upstreamBaseUrl) {
        UpstreamSettings settings = UpstreamSettings.of(UpstreamEndpoint.openAi(upstreamBaseUrl, Credentials.NONE))
                .withDeadlines(new UpstreamSettings.Deadlines(5_000, 30_000, 30_000, 30_000))
                .withPooling(new UpstreamSettings.Pooling(8, 60_000, 0));
        models = new UpstreamClient(loops, settings, NanoClock.SYSTEM);
        UsageBook usage = new UsageBook(PriceTable.NONE, 1);
        RestRoutes routes = new RestRoutes(
                Admission.OPEN,
                RestLimits.DEFAULT,
                List.of(
                        new AudioRoutes(models, files, coders, usage, MAX_FILE_BYTES).routes(),
                        new AccountRoutes(ModelNames.EMBEDDED, usage).routes()));
        listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ClientChannelInitializer(
                        ClientLimits.DEFAULT,
                        Admission.OPEN,
                        (opening, outlet, timers, loop) -> {
                            throw new AssertionError("no session is wanted here");
                        },
                        routes,
                        NanoClock.SYSTEM))
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    URI url(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        models.close();
        files.close();
        coders.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
