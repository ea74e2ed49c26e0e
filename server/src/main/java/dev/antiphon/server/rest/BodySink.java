package dev.antiphon.server.rest;

import io.netty.buffer.ByteBuf;

/**
 * One request from its head to the end of its answer: its body, then {@link #onEnd}; {@link #onAbandoned} at any time
 * before the answer has ended, and then nothing. One that throws is told {@link #onAbandoned} too, and a
 * {@link dev.antiphon.session.ClientFault} is answered with 400, anything else with 500, unless an answer has begun.
 *
 * <p>Threading: called on the connection's event loop.
 */
public interface BodySink {
    /** @param bytes the next of the body, never empty; lent */
    void onBody(ByteBuf bytes);

    /** The body is whole. */
    void onEnd();

    /** Nobody waits for the answer any more: the client has gone, or its request was refused. */
    void onAbandoned();

    /** The answer is writable again after {@link RestAnswer#isWritable} was false. */
    default void onWritable() {}

    /** Of a request without a body that is answered at once. */
    static BodySink atEnd(Runnable answering) {
        return new BodySink() {
            @Override
            public void onBody(ByteBuf bytes) {}

            @Override
            public void onEnd() {
                answering.run();
            }

            @Override
            public void onAbandoned() {}
        };
    }
}
