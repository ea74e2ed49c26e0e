package dev.antiphon.server.twin.wire;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Speech as the provider writes it: the header of a WAV file of unknown length, and events framed by CRLF.
 *
 * <p>Threading: stateless; buffers are lent and appended to.
 */
public final class SpeechWriter {
    /*
     *  RIFF ffffffff WAVE │ fmt_ 16 1 channels rate byte-rate block bits │ data ffffffff samples …
     *  12 bytes           │ 24 bytes                                     │ 8 bytes
     */
    private static final int WAV_HEADER_BYTES = 44;
    private static final int UNKNOWN_BYTES = -1;

    private SpeechWriter() {}

    /** Of PCM16 mono, for a stream: nobody knows its length when it begins. */
    public static byte[] wavHeader(int sampleRateHz) {
        ByteBuffer header = ByteBuffer.allocate(WAV_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put(ascii("RIFF")).putInt(UNKNOWN_BYTES).put(ascii("WAVEfmt ")).putInt(16);
        header.putShort((short) 1).putShort((short) 1).putInt(sampleRateHz).putInt(2 * sampleRateHz);
        header.putShort((short) 2).putShort((short) 16).put(ascii("data")).putInt(UNKNOWN_BYTES);
        return header.array();
    }

    public static void writeAudioDelta(ByteBuf out, byte[] piece) {
        String base64 = Base64.getEncoder().encodeToString(piece);
        writeEvent(out, "{\"type\":\"speech.audio.delta\",\"audio\":\"" + base64 + "\"}");
    }

    public static void writeAudioDone(ByteBuf out, int inputTokens, int outputTokens) {
        writeEvent(
                out,
                "{\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":" + inputTokens + ",\"output_tokens\":"
                        + outputTokens + ",\"total_tokens\":" + (inputTokens + outputTokens) + "}}");
    }

    public static void writeDone(ByteBuf out) {
        writeEvent(out, "[DONE]");
    }

    private static void writeEvent(ByteBuf out, String data) {
        out.writeCharSequence("data: " + data + "\r\n\r\n", StandardCharsets.US_ASCII);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
