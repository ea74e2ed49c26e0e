package dev.antiphon.bench.load.caller;

import dev.antiphon.time.NanoClock;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * A caller that asks for a chat completion at the end of each turn and reads its events itself: what a voice client looks
 * like without a gateway. An answer is cut by closing its connection; the next turn has a new one.
 *
 * <p>Threading: confined to its event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a void promise tells exceptionCaught of a failure
final class ChatLine implements CallerLine {
    private final CallerTarget target;
    private final ByteBuf scratch;
    private final Fate fate;
    private @Nullable Bootstrap bootstrap; // null: not connected yet
    private @Nullable Channel channel; // null: not open
    private @Nullable AnswerEvents caller; // null: nobody listens yet
    private int voiceFrames; // of the turn that is being spoken
    private boolean wasOpen;
    private boolean isLeaving;

    /** @param scratch lent for the line's life, see {@link ChatReader} */
    ChatLine(CallerTarget target, ByteBuf scratch, Fate fate) {
        this.target = target;
        this.scratch = scratch;
        this.fate = fate;
    }

    @Override
    public void connect(Bootstrap template) {
        bootstrap = template;
        template.clone()
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel created) {
                        created.pipeline().addLast(new HttpResponseDecoder(), new Answers());
                    }
                })
                .connect(target.address())
                .addListener(connected -> {
                    if (!connected.isSuccess()) fate.onClosed(String.valueOf(connected.cause()), false);
                });
    }

    @Override
    public void listen(AnswerEvents listener) {
        caller = listener;
    }

    @Override
    public boolean isOpen() {
        return channel != null;
    }

    @Override
    public void sendFrame(int soundFrame) {
        if (soundFrame < CallerSound.VOICE_FRAMES) voiceFrames++;
    }

    @Override
    public void endTurn() {
        request(voiceFrames);
        voiceFrames = 0;
    }

    @Override
    public void ask() {
        request(0);
    }

    private void request(int frames) {
        if (channel != null) channel.writeAndFlush(SpokenRequest.of(target, frames), channel.voidPromise());
    }

    @Override
    public void cancel() {
        Channel cut = channel;
        if (cut == null || bootstrap == null) return;
        channel = null;
        cut.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        if (caller != null) caller.onAnswerEnded(false, NanoClock.SYSTEM.nanoTime());
        connect(bootstrap);
    }

    @Override
    public void leave() {
        isLeaving = true;
        if (channel != null) channel.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    /** Reads the answers of one connection. */
    private final class Answers extends ChannelInboundHandlerAdapter {
        private @Nullable ChatReader reader; // null: the answer is a refusal
        private String closeReason = "closed by the server";

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            channel = ctx.channel();
            if (!wasOpen) fate.onOpen();
            wasOpen = true;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            long nowNanos = NanoClock.SYSTEM.nanoTime();
            try {
                if (message instanceof HttpResponse head) begin(head, nowNanos);
                if (message instanceof HttpContent body && reader != null && ctx.channel() == channel) {
                    reader.feed(body.content(), nowNanos);
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        private void begin(HttpResponse head, long nowNanos) {
            reader = null;
            if (caller == null) return;
            if (head.status().code() == 200) reader = new ChatReader(scratch, caller);
            else caller.onAnswerEnded(true, nowNanos);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (ctx.channel() != channel) return; // one that was cut
            channel = null;
            fate.onClosed(closeReason, isLeaving);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            closeReason = String.valueOf(cause.getMessage());
            ctx.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }
}
