package dev.antiphon.bench.load.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.util.Locale;

/**
 * An answer as {@code gpt-audio-1.5} was recorded: role; words ahead of sound; an event without {@code choices} for each
 * 50 ms of speech; sound, whose first piece repeats the role; usage; expiry; {@code [DONE]}.
 *
 * <p>Threading: confined to the answer's event loop.
 */
final class ChatAnswerWriter implements AnswerWriter {
    private static final Charset CHARSET = US_ASCII;
    private static final int TICK_BYTES = 2_400; // 50 ms
    private static final byte[] TICK_TAIL = bytes("\"usage\":null,\"obfuscation\":\"yA6OsJKe\"}\n\n");
    private static final byte[] DELTA_TAIL =
            bytes("},\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"M34bJ\"}\n\n");
    private static final byte[] PIECE_TAIL =
            bytes("\"}},\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"UWLbuQ\"}\n\n");
    private static final byte[] PIECE = bytes("\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"data\":\"");
    private static final byte[] WORDS =
            bytes("\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"transcript\":\" and so on\"}");

    private final byte[] envelope;
    private final String audioId;
    private final AnswerPlan plan;

    ChatAnswerWriter(AnswerPlan plan) {
        this.plan = plan;
        audioId = "audio_" + String.format(Locale.ROOT, "%032x", plan.answerId());
        envelope = bytes("data: {\"id\":\"chatcmpl-" + String.format(Locale.ROOT, "%029d", plan.answerId())
                + "\",\"object\":\"chat.completion.chunk\",\"created\":1780693557,\"model\":\"scripted\","
                + "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_58b2b3ae96\",");
    }

    @Override
    public void writeStart(ByteBuf out) {
        out.writeBytes(envelope);
        write("\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"refusal\":null", out);
        out.writeBytes(DELTA_TAIL).writeBytes(envelope);
        write(
                "\"choices\":[{\"index\":0,\"delta\":{\"content\":null,\"audio\":{\"id\":\"" + audioId
                        + "\",\"transcript\":\"Well\"}",
                out);
        out.writeBytes(DELTA_TAIL);
    }

    @Override
    public void writePiece(int sequence, byte[] stamp, int pieceBytes, ByteBuf out) {
        out.writeBytes(envelope).writeBytes(WORDS).writeBytes(DELTA_TAIL);
        for (int left = pieceBytes; left > 0; left -= TICK_BYTES)
            out.writeBytes(envelope).writeBytes(TICK_TAIL);
        out.writeBytes(envelope);
        if (sequence == 0) {
            write(
                    "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null,\"refusal\":null,"
                            + "\"audio\":{\"id\":\"" + audioId + "\",\"data\":\"",
                    out);
        } else {
            out.writeBytes(PIECE);
        }
        EncodedSound.writePiece(stamp, pieceBytes, out);
        out.writeBytes(PIECE_TAIL);
    }

    @Override
    public void writeEnd(ByteBuf out) {
        long audioTokens = plan.audioMillis() / 50;
        long textTokens = plan.pieces() + 1L;
        out.writeBytes(envelope);
        write(
                "\"choices\":[],\"usage\":{\"prompt_tokens\":43,\"completion_tokens\":" + (audioTokens + textTokens)
                        + ",\"total_tokens\":" + (43 + audioTokens + textTokens)
                        + ",\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":25,\"text_tokens\":18,"
                        + "\"image_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":"
                        + audioTokens + ",\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0,"
                        + "\"text_tokens\":" + textTokens + "}},\"obfuscation\":\"\"}\n\n",
                out);
        out.writeBytes(envelope);
        write(
                "\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"expires_at\":1780697157}}}],\"usage\":null,"
                        + "\"obfuscation\":\"cSrml\"}\n\ndata: [DONE]\n\n",
                out);
    }

    private static void write(String text, ByteBuf out) {
        out.writeCharSequence(text, CHARSET);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(CHARSET);
    }
}
