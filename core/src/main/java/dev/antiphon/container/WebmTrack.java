package dev.antiphon.container;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the track whose entry is being read.
 *
 * <p>Threading: confined to its caller.
 */
final class WebmTrack {
    private static final int AUDIO = 2;
    private static final String OPUS = "A_OPUS";
    private static final String CODEC_LETTERS = "[A-Z0-9_/.]{1,32}";

    private long number;
    private long type;
    private String codec = "";
    private @Nullable OpusHead head; // null: no private data, or not for Opus
    private boolean isEncoded;

    void onNumber(long value) {
        number = value;
    }

    void onType(long value) {
        type = value;
    }

    /** @param content lent */
    void onCodec(ByteBuf content) {
        codec = content.toString(StandardCharsets.ISO_8859_1);
    }

    /** @param content lent */
    void onPrivateData(ByteBuf content) {
        int start = content.readerIndex();
        boolean isOpus = content.readableBytes() >= OpusHead.BYTES && content.getLong(start) == OpusHead.MAGIC;
        if (isOpus) head = OpusHead.read(content);
    }

    /** Compressed or encrypted. */
    void onEncodings() {
        isEncoded = true;
    }

    boolean isOpus() {
        return type == AUDIO && codec.equals(OPUS);
    }

    /** Empty: no audio. */
    String audioCodec() {
        return type == AUDIO && codec.matches(CODEC_LETTERS) ? codec : "";
    }

    long number() {
        return number;
    }

    /** @throws ContainerFault if it lacks what its blocks cannot be read without */
    OpusHead head() {
        if (number < 1) throw new ContainerFault("webm track: no number (expected: 1 or more)");
        if (isEncoded) throw new ContainerFault("webm track: compressed or encrypted (expected: plain)");
        if (head == null) throw new ContainerFault("webm track: no private data (expected: OpusHead)");
        return head;
    }
}
