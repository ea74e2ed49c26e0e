package dev.antiphon.container;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What a reader said, in words. */
final class RecordingOpus implements OpusListener {
    final List<String> calls = new ArrayList<>();

    @Override
    public void onHead(OpusHead head) {
        calls.add(head.toString());
    }

    @Override
    public void onPacket(ByteBuf packet) {
        calls.add(ByteBufUtil.hexDump(packet));
    }

    @Override
    public void onTrim(long samples) {
        calls.add("trim " + samples);
    }

    /** What is heard of an Ogg file that is fed so; a fault is the last word. */
    static List<String> ogg(Consumer<Consumer<ByteBuf>> feeding) {
        RecordingOpus heard = new RecordingOpus();
        OggReader reader = new OggReader(heard);
        return heard.hear(feeding, reader::feed, reader::end);
    }

    static List<String> webm(Consumer<Consumer<ByteBuf>> feeding) {
        RecordingOpus heard = new RecordingOpus();
        WebmReader reader = new WebmReader(heard);
        return heard.hear(feeding, reader::feed, reader::end);
    }

    private List<String> hear(Consumer<Consumer<ByteBuf>> feeding, Consumer<ByteBuf> feed, Runnable end) {
        try {
            // The indices of what is lent stay where they are.
            feeding.accept(piece -> {
                feed.accept(piece);
                piece.skipBytes(piece.readableBytes());
            });
            end.run();
        } catch (ContainerFault fault) {
            calls.add(String.valueOf(fault.getMessage()));
        }
        return calls;
    }
}
