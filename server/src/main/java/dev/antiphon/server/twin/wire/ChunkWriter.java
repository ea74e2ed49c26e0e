package dev.antiphon.server.twin.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The events of one streamed answer, key for key in the order of the recordings:
 *
 * <pre>
 * data: {"id":…,"object":…,"created":…,"model":…,"service_tier":…,"system_fingerprint":…,"choices":[…],"usage":null,"obfuscation":"…"}
 * </pre>
 *
 * Every method appends one whole event, its empty line included.
 *
 * <p>Threading: confined to the answer's event loop.
 */
public final class ChunkWriter {
    /** Constant, as at the provider between two of its releases. */
    static final String SYSTEM_FINGERPRINT = "fp_58b2b3ae96";

    private static final byte[] DATA = ascii("data: ");
    private static final byte[] BLANK_LINE = ascii("\n\n");
    private static final byte[] DONE = ascii("data: [DONE]\n\n");
    private static final byte[] CHOICE = ascii(",\"choices\":[{\"index\":0,\"delta\":");
    private static final byte[] UNFINISHED = ascii(",\"finish_reason\":null}]");
    private static final byte[] UNFINISHED_TEXT = ascii(",\"logprobs\":null,\"finish_reason\":null}]");

    private final byte[] envelope;
    private final TwinRequest.Delivery delivery;
    private final Ids ids;

    public ChunkWriter(String id, long createdUnixSeconds, String model, TwinRequest.Delivery delivery, Ids ids) {
        this.delivery = delivery;
        this.ids = ids;
        envelope = ("{\"id\":" + quoted(id) + ",\"object\":\"chat.completion.chunk\",\"created\":" + createdUnixSeconds
                        + ",\"model\":" + quoted(model) + ",\"service_tier\":\"default\",\"system_fingerprint\":"
                        + quoted(SYSTEM_FINGERPRINT))
                .getBytes(UTF_8);
    }

    /** The first event of a spoken answer. */
    public void writeSpokenRole(ByteBuf out) {
        writeDelta(out, "{\"role\":\"assistant\",\"refusal\":null}", UNFINISHED);
    }

    /** @param audioId null: not the first piece, the name is known already */
    public void writeTranscript(ByteBuf out, @Nullable String audioId, String piece) {
        String transcript = "\"transcript\":" + quoted(piece) + "}}";
        if (audioId == null) writeDelta(out, "{\"audio\":{" + transcript, UNFINISHED);
        else writeDelta(out, "{\"content\":null,\"audio\":{\"id\":" + quoted(audioId) + "," + transcript, UNFINISHED);
    }

    /** The event without {@code choices}: 50 ms of speech more. */
    public void writeTick(ByteBuf out) {
        begin(out);
        end(out);
    }

    /**
     * @param audioId null: not the first piece; the first one repeats the fields of the role event
     * @param pcm PCM16 little-endian at 24 kHz, whole samples
     */
    public void writeData(ByteBuf out, @Nullable String audioId, byte[] pcm) {
        begin(out);
        out.writeBytes(CHOICE);
        if (audioId == null) write(out, "{\"audio\":{\"data\":\"");
        else
            write(
                    out,
                    "{\"role\":\"assistant\",\"content\":null,\"refusal\":null,\"audio\":{\"id\":" + quoted(audioId)
                            + ",\"data\":\"");
        out.writeBytes(Base64.getEncoder().encode(pcm));
        write(out, "\"}}");
        out.writeBytes(UNFINISHED);
        end(out);
    }

    /** Comes before the expiry event, and only when the request asked for it. */
    public void writeUsage(ByteBuf out, Usage usage) {
        out.writeBytes(DATA).writeBytes(envelope);
        write(out, ",\"choices\":[],\"usage\":" + usageJson(usage));
        writeObfuscation(out);
        write(out, "}");
        out.writeBytes(BLANK_LINE);
    }

    /** The end of a spoken answer: the key {@code finish_reason} is absent. */
    public void writeExpiry(ByteBuf out, long expiresAtUnixSeconds) {
        begin(out);
        write(out, ",\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"expires_at\":" + expiresAtUnixSeconds + "}}}]");
        end(out);
    }

    /** The first event of a written answer. */
    public void writeTextRole(ByteBuf out) {
        writeDelta(out, "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", UNFINISHED_TEXT);
    }

    public void writeContent(ByteBuf out, String piece) {
        writeDelta(out, "{\"content\":" + quoted(piece) + "}", UNFINISHED_TEXT);
    }

    /** The only call of an answer: its start sits in the role event itself. */
    public void writeRoleWithToolCall(ByteBuf out, String callId, String name) {
        writeDelta(
                out,
                "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[" + toolCallStart(0, callId, name)
                        + "],\"refusal\":null}",
                UNFINISHED_TEXT);
    }

    /** The first event of an answer with several calls. */
    public void writeToolRole(ByteBuf out) {
        writeDelta(out, "{\"role\":\"assistant\",\"content\":null}", UNFINISHED_TEXT);
    }

    public void writeToolCallStart(ByteBuf out, int index, String callId, String name) {
        writeDelta(out, "{\"tool_calls\":[" + toolCallStart(index, callId, name) + "]}", UNFINISHED_TEXT);
    }

    public void writeToolCallArguments(ByteBuf out, int index, String piece) {
        writeDelta(
                out,
                "{\"tool_calls\":[{\"index\":" + index + ",\"function\":{\"arguments\":" + quoted(piece) + "}}]}",
                UNFINISHED_TEXT);
    }

    /** @param reason {@code stop} or {@code tool_calls}; a spoken answer has none */
    public void writeFinish(ByteBuf out, String reason) {
        writeDelta(out, "{}", ascii(",\"logprobs\":null,\"finish_reason\":" + quoted(reason) + "}]"));
    }

    public void writeDone(ByteBuf out) {
        out.writeBytes(DONE);
    }

    /** A failure in mid-stream. */
    public static void writeError(ByteBuf out, String message) {
        write(
                out,
                "data: {\"error\":{\"message\":" + quoted(message)
                        + ",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n");
    }

    private void writeDelta(ByteBuf out, String delta, byte[] choiceEnd) {
        begin(out);
        out.writeBytes(CHOICE);
        write(out, delta);
        out.writeBytes(choiceEnd);
        end(out);
    }

    private void begin(ByteBuf out) {
        out.writeBytes(DATA).writeBytes(envelope);
    }

    private void end(ByteBuf out) {
        if (delivery.includeUsage()) write(out, ",\"usage\":null");
        writeObfuscation(out);
        write(out, "}");
        out.writeBytes(BLANK_LINE);
    }

    private void writeObfuscation(ByteBuf out) {
        if (delivery.includeObfuscation()) write(out, ",\"obfuscation\":\"" + ids.obfuscation() + "\"");
    }

    private static String toolCallStart(int index, String callId, String name) {
        return "{\"index\":" + index + ",\"id\":" + quoted(callId) + ",\"type\":\"function\",\"function\":{\"name\":"
                + quoted(name) + ",\"arguments\":\"\"}}";
    }

    static String usageJson(Usage usage) {
        Usage.Input in = usage.input();
        Usage.Output out = usage.output();
        return "{\"prompt_tokens\":" + in.tokens() + ",\"completion_tokens\":" + out.tokens() + ",\"total_tokens\":"
                + usage.totalTokens() + ",\"prompt_tokens_details\":{\"cached_tokens\":" + in.cachedTokens()
                + ",\"audio_tokens\":" + in.audioTokens() + ",\"text_tokens\":" + in.textTokens()
                + ",\"image_tokens\":" + in.imageTokens() + "},\"completion_tokens_details\":{\"reasoning_tokens\":"
                + out.reasoningTokens() + ",\"audio_tokens\":" + out.audioTokens()
                + ",\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0,\"text_tokens\":"
                + out.textTokens() + "}}";
    }

    static String quoted(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }

    private static void write(ByteBuf out, String json) {
        out.writeCharSequence(json, UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(UTF_8);
    }
}
