package dev.antiphon.server.upstream;

import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Keeps what comes in bytes as lines, in order.
 *
 * <p>Threading: one producer, one consumer.
 */
final class RecordingBody implements BodyListener {
    private static final long WAIT_SECONDS = 5;

    private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();

    /** The next line, waiting for it. */
    String next() throws InterruptedException {
        String line = said.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        return line == null ? "silence" : line;
    }

    @Override
    public void onHead(String contentType) {
        said.add("head " + contentType);
    }

    @Override
    public void onBody(ByteBuf bytes) {
        said.add("body " + bytes.toString(StandardCharsets.UTF_8));
    }

    @Override
    public void onCompleted() {
        said.add("completed");
    }

    @Override
    public void onFault(UpstreamFault fault) {
        said.add("fault " + fault.kind() + " " + fault.httpStatus() + " after "
                + fault.retry().afterMillis());
    }

    @Override
    public boolean isFull() {
        return false;
    }
}
