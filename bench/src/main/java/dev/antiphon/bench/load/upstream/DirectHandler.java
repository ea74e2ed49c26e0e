package dev.antiphon.bench.load.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.antiphon.time.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a caller that speaks Realtime with the model itself: {@code response.create} begins an answer,
 * {@code response.cancel} cuts it, all else is passed over.
 *
 * <p>Threading: confined to its event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a void promise tells exceptionCaught of a failure
final class DirectHandler extends SimpleChannelInboundHandler<ByteBuf> implements ClientFrames.Listener {
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final byte[] CREATE = "{\"type\":\"response.create\"".getBytes(US_ASCII);
    private static final byte[] CANCEL = "{\"type\":\"response.cancel\"".getBytes(US_ASCII);

    private final Answers answers;
    private final ClientFrames frames = new ClientFrames();
    private @Nullable ChannelHandlerContext ctx; // null: not added yet
    private @Nullable Answer answer; // null: none under way
    private @Nullable DirectAnswerWriter writer; // of the answer
    private long nowNanos; // when what is being read came

    DirectHandler(Answers answers) {
        this.answers = answers;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
        nowNanos = NanoClock.SYSTEM.nanoTime();
        frames.feed(bytes, this);
    }

    @Override
    public void onFrame(int opcode, byte[] prefix, int prefixBytes) {
        ChannelHandlerContext context = ctx;
        if (context == null) return;
        if (opcode == CLOSE) context.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        if (opcode != TEXT) return;
        if (startsWith(prefix, prefixBytes, CREATE)) speak(context);
        else if (startsWith(prefix, prefixBytes, CANCEL)) cut(context);
    }

    private void speak(ChannelHandlerContext context) {
        cut(context);
        AnswerPlan plan = answers.next();
        DirectAnswerWriter begunWriter = new DirectAnswerWriter(plan);
        Answer begun = new Answer(plan, begunWriter, context.channel(), new Frames(context), nowNanos);
        writer = begunWriter;
        answer = begun;
        begun.start();
    }

    private void cut(ChannelHandlerContext context) {
        if (answer == null || writer == null) return;
        answer.cancel();
        answers.listener().onCut(answer.id(), nowNanos);
        answer = null;
        ByteBuf done = context.alloc().directBuffer();
        writer.writeCancelled(done);
        context.writeAndFlush(done, context.voidPromise());
    }

    private static boolean startsWith(byte[] prefix, int prefixBytes, byte[] word) {
        return prefixBytes >= word.length && Arrays.equals(prefix, 0, word.length, word, 0, word.length);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (answer != null) answer.cancel();
        answer = null;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private final class Frames implements Answer.Outlet {
        private final ChannelHandlerContext context;

        Frames(ChannelHandlerContext context) {
            this.context = context;
        }

        @Override
        public void write(ByteBuf bytes) {
            int length = bytes.readableBytes();
            context.writeAndFlush(bytes).addListener(written -> {
                if (!written.isSuccess()) answers.listener().onWrittenInVain(length);
            });
        }

        @Override
        public void onAnswered() {
            answer = null;
        }
    }
}
