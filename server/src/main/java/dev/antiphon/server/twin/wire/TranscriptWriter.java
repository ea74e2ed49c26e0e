package dev.antiphon.server.twin.wire;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.antiphon.upstream.TranscriptionUsage;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Transcripts as the provider writes them: one document, or events framed by CRLF.
 *
 * <p>Threading: stateless; buffers are lent and appended to.
 */
public final class TranscriptWriter {
    private TranscriptWriter() {}

    public static void writeDocument(ByteBuf out, String text, TranscriptionUsage usage) {
        append(out, "{\"text\":" + quoted(text) + ",\"usage\":" + json(usage) + "}");
    }

    public static void writeDelta(ByteBuf out, String delta) {
        writeEvent(out, "{\"type\":\"transcript.text.delta\",\"delta\":" + quoted(delta) + "}");
    }

    public static void writeTextDone(ByteBuf out, String text, TranscriptionUsage usage) {
        String json = "{\"type\":\"transcript.text.done\",\"text\":" + quoted(text) + ",\"usage\":" + json(usage) + "}";
        writeEvent(out, json);
    }

    public static void writeDone(ByteBuf out) {
        writeEvent(out, "[DONE]");
    }

    private static void writeEvent(ByteBuf out, String data) {
        append(out, "data: " + data + "\r\n\r\n");
    }

    private static String json(TranscriptionUsage usage) {
        if (usage instanceof TranscriptionUsage.Tokens tokens) {
            return "{\"type\":\"tokens\",\"total_tokens\":" + tokens.totalTokens() + ",\"input_tokens\":"
                    + tokens.inputTokens() + ",\"input_token_details\":{\"text_tokens\":" + tokens.textTokens()
                    + ",\"audio_tokens\":" + tokens.audioTokens() + "},\"output_tokens\":" + tokens.outputTokens()
                    + "}";
        }
        double seconds = ((TranscriptionUsage.Duration) usage).seconds();
        return "{\"type\":\"duration\",\"seconds\":" + (long) Math.ceil(seconds) + "}";
    }

    private static String quoted(String text) {
        return "\"" + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }

    private static void append(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
    }
}
