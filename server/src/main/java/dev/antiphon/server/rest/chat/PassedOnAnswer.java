package dev.antiphon.server.rest.chat;

import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.UpstreamRefusal;
import dev.antiphon.server.rest.UsageSink.Outcome;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.Locale;

/**
 * A completion that the provider gives whole, handed on as it came.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class PassedOnAnswer implements BodyListener, AutoCloseable {
    private static final int MAX_BYTES = 64 << 20;
    private static final String JSON = "application/json";

    private final RestAnswer answer;
    private final Ending ending;
    private final ByteBuf body;
    private boolean isClosed;

    /** Told once. */
    interface Ending {
        void onEnded(Usage usage, Outcome outcome);
    }

    PassedOnAnswer(RestAnswer answer, Ending ending) {
        this.answer = answer;
        this.ending = ending;
        body = answer.allocator().buffer();
    }

    @Override
    public void onHead(String contentType) {
        if (!contentType.toLowerCase(Locale.ROOT).startsWith(JSON)) fail(invalid("is not JSON"));
    }

    @Override
    public void onBody(ByteBuf bytes) {
        if (body.readableBytes() + bytes.readableBytes() > MAX_BYTES) fail(invalid("is too long"));
        else body.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    }

    @Override
    public void onCompleted() {
        Usage usage = UsageJson.in(body);
        answer.whole(200, JSON, body.retain());
        ending.onEnded(usage, Outcome.COMPLETED);
    }

    @Override
    public void onFault(UpstreamFault fault) {
        fail(fault);
    }

    private void fail(UpstreamFault fault) {
        UpstreamRefusal.of(fault).answerTo(answer);
        ending.onEnded(Usage.NONE, Outcome.of(fault));
    }

    private static UpstreamFault invalid(String what) {
        String message = "the model's answer " + what + " (expected: one completion)";
        return new UpstreamFault(
                UpstreamFault.Kind.INVALID, 200, "server_error", "upstream_invalid", null, message, false);
    }

    @Override
    public boolean isFull() {
        return false;
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (!isClosed) body.release();
        isClosed = true;
    }
}
