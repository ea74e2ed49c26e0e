package dev.antiphon.server.upstream;

import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.BodyRequest;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionRequest;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An {@link UpstreamClient} with one event loop, driven from the test's thread.
 *
 * <p>Threading: confined to the test's thread.
 */
final class LoopbackClient implements AutoCloseable {
    static final ChatRequest HELLO = request(new ChatMessage.TextPart("hello"));

    private static final long WAIT_SECONDS = 5;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = (EventLoop) loops.iterator().next();
    private final LinkedBlockingQueue<Object> readable = new LinkedBlockingQueue<>();
    private final UpstreamClient client;
    private final UpstreamCalls calls;
    private final TranscriptionCalls transcriptions;

    LoopbackClient(UpstreamSettings settings) {
        client = new UpstreamClient(loops, settings, NanoClock.SYSTEM);
        calls = client.callsOn(loop, readable::add);
        transcriptions = client.transcriptionsOn(loop);
    }

    /** Without warm connections and with deadlines nobody reaches by chance. */
    static UpstreamSettings settings(String baseUrl) {
        return UpstreamSettings.of(UpstreamEndpoint.openAi(baseUrl, Credentials.NONE))
                .withDeadlines(new UpstreamSettings.Deadlines(5_000, 30_000, 30_000, 30_000))
                .withPooling(new UpstreamSettings.Pooling(8, 60_000, 0));
    }

    static ChatRequest request(ChatMessage.UserPart part) {
        return new ChatRequest(
                "gpt-audio",
                List.of(new ChatMessage.UserMessage(List.of(part))),
                new ChatRequest.Speech("alloy"),
                ChatRequest.Tools.NONE,
                ChatRequest.Sampling.DEFAULT);
    }

    UpstreamClient client() {
        return client;
    }

    Started start(RecordingInlet inlet) {
        return start(HELLO, inlet);
    }

    Started start(ChatRequest request, RecordingInlet inlet) {
        return onLoop(() -> {
            UpstreamCalls.Call call = calls.start(request, inlet);
            return new Started(call, inlet.drain());
        });
    }

    TranscriptionCalls transcriptions() {
        return transcriptions;
    }

    TranscriptionCalls.Call transcribe(TranscriptionRequest request, RecordingTranscript out) {
        return onLoop(() -> transcriptions.start(request, out));
    }

    BodyCalls.Call ask(BodyRequest request, BodyListener out) {
        return onLoop(() -> client.bodiesOn(loop).start(request, out));
    }

    /** Starts in the turn of the loop on which this is called. */
    void startOnLoop(RecordingInlet inlet) {
        calls.start(HELLO, inlet);
    }

    /** Starts and cancels in one turn of the loop, on which this is called. */
    void cancelAtOnce(RecordingInlet inlet) {
        calls.start(HELLO, inlet).cancel();
    }

    /** @param saidInside what the inlet heard while {@code start} was running */
    record Started(UpstreamCalls.Call call, List<String> saidInside) {}

    /** Waits for a notice that {@code inlet} is readable. */
    boolean isReadable(RecordingInlet inlet) throws InterruptedException {
        return readable.poll(WAIT_SECONDS, TimeUnit.SECONDS) == inlet;
    }

    int notices() {
        return readable.size();
    }

    void clearNotices() {
        readable.clear();
    }

    /** Everything the loop has to do now is done when this returns. */
    void settle() {
        onLoop(() -> true);
    }

    void run(Runnable task) {
        onLoop(() -> {
            task.run();
            return true;
        });
    }

    <T> T onLoop(Callable<T> task) {
        try {
            return loop.submit(task).get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        client.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
