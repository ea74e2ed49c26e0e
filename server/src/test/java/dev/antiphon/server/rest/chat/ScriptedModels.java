package dev.antiphon.server.rest.chat;

import dev.antiphon.server.upstream.Models;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.BodyRequest;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Models that say what the test says.
 *
 * <p>Threading: confined to the test's thread.
 */
final class ScriptedModels implements Models {
    final List<Asked> asked = new ArrayList<>();
    final List<AskedWhole> askedWhole = new ArrayList<>();

    /** One request for a stream. */
    static final class Asked implements UpstreamCalls.Call {
        final ChatRequest request;
        final ReplyInlet reply;
        private final Consumer<ReplyInlet> onReadable;
        int resumed;
        boolean isCancelled;

        Asked(ChatRequest request, ReplyInlet reply, Consumer<ReplyInlet> onReadable) {
            this.request = request;
            this.reply = reply;
            this.onReadable = onReadable;
        }

        /** What one read brings. */
        void say(Consumer<ReplyInlet> words) {
            words.accept(reply);
            onReadable.accept(reply);
        }

        @Override
        public void cancel() {
            isCancelled = true;
        }

        @Override
        public void resumeReads() {
            resumed++;
        }
    }

    /** One request for bytes. */
    static final class AskedWhole implements BodyCalls.Call {
        final BodyRequest request;
        final BodyListener out;
        boolean isCancelled;

        AskedWhole(BodyRequest request, BodyListener out) {
            this.request = request;
            this.out = out;
        }

        @Override
        public void cancel() {
            isCancelled = true;
        }

        @Override
        public void resumeReads() {}
    }

    @Override
    public UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable) {
        return (request, reply) -> {
            Asked call = new Asked(request, reply, onReadable);
            asked.add(call);
            return call;
        };
    }

    @Override
    public TranscriptionCalls transcriptionsOn(EventLoop loop) {
        throw new AssertionError("nothing is to be transcribed");
    }

    @Override
    public BodyCalls bodiesOn(EventLoop loop) {
        return (request, out) -> {
            AskedWhole call = new AskedWhole(request, out);
            askedWhole.add(call);
            return call;
        };
    }
}
