package dev.antiphon.server.routing;

import dev.antiphon.server.upstream.Models;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.BodyRequest;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionListener;
import dev.antiphon.upstream.TranscriptionRequest;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A server whose calls are answered in the words of the test.
 *
 * <p>Threading: confined to the test's thread.
 */
final class ScriptedModels implements Models {
    final List<Chat> chats = new ArrayList<>();
    final List<Other<TranscriptionRequest, TranscriptionListener>> transcriptions = new ArrayList<>();
    final List<Other<BodyRequest, BodyListener>> bodies = new ArrayList<>();
    boolean refusesToWrite;

    /** The newest call. */
    Chat chat() {
        return chats.get(chats.size() - 1);
    }

    @Override
    public UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable) {
        return (request, reply) -> {
            if (refusesToWrite) throw new IllegalArgumentException("request: too much (expected: less)");
            Chat chat = new Chat(request, reply, onReadable);
            chats.add(chat);
            return chat;
        };
    }

    @Override
    public TranscriptionCalls transcriptionsOn(EventLoop loop) {
        return (request, out) -> {
            Other<TranscriptionRequest, TranscriptionListener> call = new Other<>(request, out);
            transcriptions.add(call);
            return call;
        };
    }

    @Override
    public BodyCalls bodiesOn(EventLoop loop) {
        return (request, out) -> {
            Other<BodyRequest, BodyListener> call = new Other<>(request, out);
            bodies.add(call);
            return call;
        };
    }

    /** A transcription, or an answer in bytes. */
    static final class Other<R, L> implements TranscriptionCalls.Call, BodyCalls.Call {
        final R request;
        final L out;
        boolean isCancelled;

        Other(R request, L out) {
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

    /** A chat completion. Each method is one read: what it says, then the notice. */
    static final class Chat implements UpstreamCalls.Call {
        final ChatRequest request;
        final ReplyInlet inlet;
        private final Consumer<ReplyInlet> onReadable;
        boolean isCancelled;
        boolean isResumed;

        Chat(ChatRequest request, ReplyInlet inlet, Consumer<ReplyInlet> onReadable) {
            this.request = request;
            this.inlet = inlet;
            this.onReadable = onReadable;
        }

        void read(Consumer<ReplyInlet> says) {
            says.accept(inlet);
            onReadable.accept(inlet);
        }

        void transcript(String delta) {
            read(reply -> reply.onTranscript(delta));
        }

        void audio(int sample) {
            read(reply -> speak(reply, sample));
        }

        void complete() {
            read(ReplyInlet::onCompleted);
        }

        void fail(UpstreamFault fault) {
            read(reply -> reply.onFault(fault));
        }

        static void speak(ReplyInlet reply, int sample) {
            ByteBuf pcm = ByteBufAllocator.DEFAULT.buffer(4);
            try {
                reply.onAudio(pcm.writeShortLE(sample).writeShortLE(sample));
            } finally {
                pcm.release();
            }
        }

        @Override
        public void cancel() {
            isCancelled = true;
        }

        @Override
        public void resumeReads() {
            isResumed = true;
        }
    }
}
