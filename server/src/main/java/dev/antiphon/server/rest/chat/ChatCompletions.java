package dev.antiphon.server.rest.chat;

import dev.antiphon.server.media.SpokenFiles;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.Route;
import dev.antiphon.server.rest.UsageSink;
import dev.antiphon.server.rest.chat.CompletionReply.Terms;
import dev.antiphon.server.rest.chat.CompletionRequest.Sound;
import dev.antiphon.server.upstream.Models;
import dev.antiphon.session.SessionIds;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Chat completions over plain HTTP: {@code POST /v1/chat/completions}.
 *
 * <p>Threading: thread-safe.
 */
public final class ChatCompletions implements AutoCloseable {
    /** Of a request, its sound in base64 included. */
    static final int MAX_BODY_BYTES = 20 << 20;

    private static final long BODY_MILLIS = 120_000;
    private static final int CODER_THREADS = 2;
    /** Each answer has one under way at most. */
    private static final int MAX_QUEUED_PIECES = 1_024;

    private final Models models;
    private final SpokenFiles files;
    private final UsageSink usage;
    private final Clock wallClock;
    private final ThreadPoolExecutor coders;

    /** @param wallClock for {@code created} and the expiry of audio ids */
    public ChatCompletions(Models models, SpokenFiles files, UsageSink usage, Clock wallClock) {
        this.models = models;
        this.files = files;
        this.usage = usage;
        this.wallClock = wallClock;
        coders = new ThreadPoolExecutor(
                CODER_THREADS,
                CODER_THREADS,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_QUEUED_PIECES),
                new DefaultThreadFactory("antiphon-opus", true));
        coders.allowCoreThreadTimeOut(true);
    }

    public Map<String, Route> routes() {
        return Map.of(
                "/chat/completions",
                Route.json(
                        MAX_BODY_BYTES,
                        BODY_MILLIS,
                        (request, answer) -> new CompletionExchange(this, request, answer)));
    }

    /** @param onProgress told when a sound that is coded aside has come further */
    CompletionReply newReply(CompletionRequest request, EventLoop loop, RestAnswer answer, Runnable onProgress) {
        SessionIds ids = SessionIds.random(ThreadLocalRandom.current().nextLong());
        CompletionJson.Head head = new CompletionJson.Head(ids.next("chatcmpl-"), unixSeconds(), request.model());
        Terms terms = new Terms(head, request.delivery(), ids.next("audio_"), this::unixSeconds);
        Sound sound = request.sound();
        CodedSound coded = sound == null ? null : coded(request, sound.format(), loop, answer, onProgress);
        if (request.delivery().isStreamed()) return new StreamedReply(answer, terms, coded);
        return new WholeReply(answer, terms, coded, sound != null && sound.format() == SoundFormat.WAV);
    }

    private CodedSound coded(
            CompletionRequest request, SoundFormat format, EventLoop loop, RestAnswer answer, Runnable onProgress) {
        SoundCoder coder = SoundCoder.of(format, request.delivery().isStreamed());
        if (format != SoundFormat.OPUS) return new CodedSound.AtOnce(coder, answer.allocator());
        return new CodedSound.Aside(coder, coders, loop, answer.allocator(), onProgress);
    }

    private long unixSeconds() {
        return wallClock.instant().getEpochSecond();
    }

    Models models() {
        return models;
    }

    SpokenFiles files() {
        return files;
    }

    UsageSink usage() {
        return usage;
    }

    /** Ends the coders' threads; what they have begun they end. */
    @Override
    public void close() {
        coders.shutdown();
    }
}
