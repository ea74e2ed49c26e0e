package dev.antiphon.server.client;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * What is answered over plain HTTP, on the port and the connections of the WebSockets.
 *
 * <p>Threading: thread-safe; one for all connections.
 */
public interface HttpRoutes {
    /** There is nothing but WebSockets. */
    HttpRoutes NONE = new HttpRoutes() {
        @Override
        public boolean hasRoute(String path) {
            return false;
        }

        @Override
        public ChannelHandler newHandler() {
            return new ChannelInboundHandlerAdapter();
        }
    };

    /** @param path as it is written in the request, without its query */
    boolean hasRoute(String path);

    /**
     * Makes the handler of one connection's requests. It is passed their heads and contents, admits them itself, and
     * answers one after the other: it is passed the next when {@link Event#ANSWERED} has gone through the pipeline.
     */
    ChannelHandler newHandler();

    /** What goes through the pipeline besides requests. */
    enum Event {
        /** The answer to a request has been written whole: the next may be read. */
        ANSWERED,
        /** Of this connection: it ends, and no further request is read. */
        LAST_ANSWER
    }
}
