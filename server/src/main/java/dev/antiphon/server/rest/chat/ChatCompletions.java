package dev.antiphon.server.rest.chat;

import dev.antiphon.server.media.SpokenFiles;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.Route;
import dev.antiphon.server.rest.UsageSink;
import dev.antiphon.server.rest.chat.CompletionReply.Terms;
import dev.antiphon.server.rest.chat.CompletionRequest.Sound;
import dev.antiphon.server.rest.sound.CodedSound;
import dev.antiphon.server.rest.sound.SoundCoders;
import dev.antiphon.server.rest.sound.SoundFormat;
import dev.antiphon.server.upstream.Models;
import dev.antiphon.session.SessionIds;
import io.netty.channel.EventLoop;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Chat completions over plain HTTP: {@code POST /v1/chat/completions}.
 *
 * <p>Threading: thread-safe.
 */
public final class ChatCompletions {
    /** Of a request, its sound in base64 included. */
    static final int MAX_BODY_BYTES = 20 << 20;

    private static final long BODY_MILLIS = 120_000;

    private final Models models;
    private final SpokenFiles files;
    private final UsageSink usage;
    private final Clock wallClock;
    private final SoundCoders coders;

    /** @param wallClock for {@code created} and the expiry of audio ids */
    public ChatCompletions(Models models, SpokenFiles files, SoundCoders coders, UsageSink usage, Clock wallClock) {
        this.models = models;
        this.files = files;
        this.usage = usage;
        this.wallClock = wallClock;
        this.coders = coders;
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
        boolean isStreamed = request.delivery().isStreamed();
        CodedSound coded = sound == null
                ? null
                : coders.newSound(sound.format(), isStreamed, loop, answer.allocator(), onProgress);
        if (isStreamed) return new StreamedReply(answer, terms, coded);
        return new WholeReply(answer, terms, coded, sound != null && sound.format() == SoundFormat.WAV);
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
}
