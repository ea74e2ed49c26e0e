package dev.antiphon.bench.load.caller;

import dev.antiphon.time.NanoClock;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A caller's connection: the upgrade, then frames both ways.
 *
 * <p>Threading: confined to its event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a void promise tells exceptionCaught of a failure
final class CallerChannel extends ChannelInboundHandlerAdapter implements CallerLine, ServerFrames.Listener {
    private static final byte[] NORMAL_CLOSURE = {0x03, (byte) 0xE8}; // RFC 6455 §7.4.1: 1000

    private final CallerTarget target;
    private final CallerFrames frames;
    private final MessageReader reader;
    private final ServerFrames.Workbench workbench;
    private final Fate fate;
    private @Nullable UpgradeAnswer upgrade = new UpgradeAnswer(); // null: upgraded
    private @Nullable ServerFrames incoming; // null: not connected yet
    private @Nullable ChannelHandlerContext ctx; // null: not connected, or gone
    private @Nullable AnswerEvents caller; // null: nobody listens yet
    private String closeReason = "closed by the server";
    private long nowNanos; // when what is being read came
    private boolean isLeaving;

    CallerChannel(
            CallerTarget target,
            CallerFrames frames,
            MessageReader reader,
            ServerFrames.Workbench workbench,
            Fate fate) {
        this.target = target;
        this.frames = frames;
        this.reader = reader;
        this.workbench = workbench;
        this.fate = fate;
    }

    @Override
    public void connect(Bootstrap bootstrap) {
        bootstrap.clone().handler(this).connect(target.address()).addListener(connected -> {
            if (!connected.isSuccess()) fate.onClosed(String.valueOf(connected.cause()), false);
        });
    }

    @Override
    public void listen(AnswerEvents listener) {
        caller = listener;
    }

    @Override
    public boolean isOpen() {
        return ctx != null && upgrade == null;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        ctx = context;
        incoming = new ServerFrames(workbench, context.alloc());
        ByteBuf request = Unpooled.copiedBuffer(target.upgradeRequest(), StandardCharsets.US_ASCII);
        context.writeAndFlush(request, context.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        nowNanos = NanoClock.SYSTEM.nanoTime();
        ByteBuf bytes = (ByteBuf) message;
        try {
            if (upgrade != null) {
                if (!upgrade.isOpenAfter(bytes)) return;
                upgrade = null;
                if (frames.greeting != null) send(frames.greeting);
                fate.onOpen();
            }
            if (incoming != null) incoming.feed(bytes, this);
        } finally {
            bytes.release();
        }
    }

    @Override
    public void onFrame(int opcode, byte[] payload, int length) {
        switch (opcode) {
            case MaskedFrame.TEXT, MaskedFrame.BINARY -> {
                if (caller != null) reader.read(opcode == MaskedFrame.TEXT, payload, length, nowNanos, caller);
            }
            case MaskedFrame.CLOSE -> {
                closeReason = "closed by the server, code " + closeCode(payload, length);
                sayGoodbye();
            }
            case MaskedFrame.PING -> sendOnce(MaskedFrame.PONG, Arrays.copyOf(payload, length));
            default -> {}
        }
    }

    private static String closeCode(byte[] payload, int length) {
        if (length < 2) return "none";
        String why = new String(payload, 2, length - 2, StandardCharsets.UTF_8);
        return ((payload[0] & 0xFF) << 8 | (payload[1] & 0xFF)) + (why.isEmpty() ? "" : " " + why);
    }

    @Override
    public void sendFrame(int soundFrame) {
        send(frames.sound[soundFrame]);
    }

    @Override
    public void endTurn() {
        for (MaskedFrame frame : frames.turnEnd) send(frame);
    }

    @Override
    public void ask() {
        for (MaskedFrame frame : frames.question) send(frame);
    }

    @Override
    public void cancel() {
        send(frames.cancel);
    }

    private void send(MaskedFrame frame) {
        if (ctx == null) return;
        ctx.write(frame.copy(), ctx.voidPromise());
        ctx.flush();
    }

    @Override
    public void leave() {
        isLeaving = true;
        sayGoodbye();
    }

    private void sayGoodbye() {
        ChannelHandlerContext context = ctx;
        if (context == null) return;
        sendOnce(MaskedFrame.CLOSE, NORMAL_CLOSURE);
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    private void sendOnce(int opcode, byte[] payload) {
        if (ctx == null) return;
        ByteBuf frame = ctx.alloc().buffer(payload.length + MaskedFrame.MAX_HEAD_BYTES);
        MaskedFrame.write(opcode, payload, frame);
        ctx.writeAndFlush(frame, ctx.voidPromise());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) return;
        closeReason = "the server does not read";
        context.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ctx = null;
        if (incoming != null) incoming.close();
        fate.onClosed(closeReason, isLeaving);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        closeReason = String.valueOf(cause.getMessage());
        context.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }
}
