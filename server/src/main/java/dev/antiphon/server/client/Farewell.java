package dev.antiphon.server.client;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection whose last word must still arrive. Closing a socket that holds unread bytes resets it, and a
 * reset throws away what is under way; so our direction is shut first, and what the client still says is read and
 * dropped until it leaves too, or for a second.
 */
final class Farewell {
    static final long MAX_MILLIS = 1_000;

    private Farewell() {}

    /** @param lastWrite of the last word, under way */
    static void after(Channel connection, ChannelFuture lastWrite) {
        if (!(connection instanceof DuplexChannel channel)) {
            lastWrite.addListener(ChannelFutureListener.CLOSE);
            return;
        }
        lastWrite.addListener(written -> {
            if (written.isSuccess()) channel.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            else close(channel);
        });
        // Counted from now: a client that does not read does not take the last word either.
        ScheduledFuture<?> end = channel.eventLoop().schedule(() -> close(channel), MAX_MILLIS, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> end.cancel(false));
        channel.config().setAutoRead(true);
    }

    private static void close(Channel channel) {
        channel.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
}
