package dev.antiphon.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransportTest {
    @Test
    void nioIsAlwaysThere() {
        assertThat(Transport.NIO.obstacle()).isEmpty();
    }

    @Test
    void theBestIsOneThatIsThere() {
        assertThat(Transport.best().obstacle()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aTransportIsThereAndItsLoopsTakeItsChannelsOrItSaysWhyNot(Transport transport) {
        if (transport.obstacle().isPresent()) {
            assertThat(transport.obstacle().orElseThrow()).isNotBlank();
            return;
        }
        IoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, transport.newHandlers());
        try {
            ChannelFuture registered = new Bootstrap()
                    .group(loops)
                    .channelFactory(() -> Transport.newChannelOn(loops))
                    .handler(new ChannelInboundHandlerAdapter())
                    .register()
                    .syncUninterruptibly();
            assertThat(registered.channel().isRegistered()).isTrue();
            registered.channel().close().syncUninterruptibly();
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }
}
