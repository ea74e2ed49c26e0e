package dev.antiphon.server.twin.wire;

import static dev.antiphon.server.twin.wire.ChunkWriter.quoted;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.antiphon.upstream.ChatMessage.ToolCall;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.Base64;
import java.util.List;

/**
 * One answer in one piece: the object {@code chat.completion}, key for key in the order of the recordings.
 *
 * <p>Threading: confined to its caller.
 */
public final class CompletionWriter {
    private final String id;
    private final long createdUnixSeconds;
    private final String model;

    public CompletionWriter(String id, long createdUnixSeconds, String model) {
        this.id = id;
        this.createdUnixSeconds = createdUnixSeconds;
        this.model = model;
    }

    /** @param file the whole sound in the format that was asked for */
    public void writeSpoken(
            ByteBuf out, String audioId, byte[] file, long expiresAtUnixSeconds, String transcript, Usage usage) {
        begin(out);
        write(out, "\"content\":null,\"refusal\":null,\"audio\":{\"id\":" + quoted(audioId) + ",\"data\":\"");
        out.writeBytes(Base64.getEncoder().encode(file));
        write(out, "\",\"expires_at\":" + expiresAtUnixSeconds + ",\"transcript\":" + quoted(transcript) + "}");
        end(out, "", "stop", usage);
    }

    public void writeWritten(ByteBuf out, String words, Usage usage) {
        begin(out);
        write(out, "\"content\":" + quoted(words) + ",\"refusal\":null");
        end(out, ",\"logprobs\":null", "stop", usage);
    }

    public void writeCalled(ByteBuf out, List<ToolCall> calls, Usage usage) {
        begin(out);
        write(out, "\"content\":null,\"tool_calls\":[");
        String separator = "";
        for (ToolCall call : calls) {
            write(
                    out,
                    separator + "{\"id\":" + quoted(call.callId()) + ",\"type\":\"function\",\"function\":{\"name\":"
                            + quoted(call.name()) + ",\"arguments\":" + quoted(call.arguments()) + "}}");
            separator = ",";
        }
        write(out, "],\"refusal\":null");
        end(out, ",\"logprobs\":null", "tool_calls", usage);
    }

    private void begin(ByteBuf out) {
        write(
                out,
                "{\"id\":" + quoted(id) + ",\"object\":\"chat.completion\",\"created\":" + createdUnixSeconds
                        + ",\"model\":" + quoted(model)
                        + ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",");
    }

    private static void end(ByteBuf out, String logprobs, String finishReason, Usage usage) {
        write(
                out,
                ",\"annotations\":[]}" + logprobs + ",\"finish_reason\":" + quoted(finishReason) + "}],\"usage\":"
                        + ChunkWriter.usageJson(usage) + ",\"service_tier\":\"default\",\"system_fingerprint\":"
                        + quoted(ChunkWriter.SYSTEM_FINGERPRINT) + "}");
    }

    private static void write(ByteBuf out, String json) {
        out.writeCharSequence(json, UTF_8);
    }
}
