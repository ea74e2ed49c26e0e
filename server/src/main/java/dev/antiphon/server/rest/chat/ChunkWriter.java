package dev.antiphon.server.rest.chat;

import static dev.antiphon.server.rest.chat.CompletionJson.quoted;
import static dev.antiphon.server.rest.chat.CompletionJson.write;

import dev.antiphon.audio.Base64Pcm;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The events of one streamed answer, in OpenAI's grammar; every method appends one whole event, its empty line included:
 *
 * <pre>
 * data: {"id":…,"object":"chat.completion.chunk","created":…,"model":…,"choices":[{"index":0,"delta":{…},"finish_reason":…}]}
 * </pre>
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class ChunkWriter {
    private static final byte[] DATA = ascii("data: ");
    private static final byte[] BLANK_LINE = ascii("\n\n");
    private static final byte[] DONE = ascii("data: [DONE]\n\n");
    private static final byte[] CHOICE = ascii(",\"choices\":[{\"index\":0,\"delta\":");
    private static final byte[] UNFINISHED = ascii(",\"finish_reason\":null}]");

    private final byte[] head;
    private final boolean includesUsage;
    private @Nullable String audioIdDue; // set: no event has said it yet

    ChunkWriter(CompletionJson.Head head, boolean includesUsage) {
        this.head = head.json("chat.completion.chunk").getBytes(StandardCharsets.UTF_8);
        this.includesUsage = includesUsage;
    }

    /** The first piece of speech that is written from now on says it. */
    void setAudioId(String audioId) {
        audioIdDue = audioId;
    }

    /** The first event. */
    void writeRole(ByteBuf out, boolean isSpoken) {
        writeDelta(out, "{\"role\":\"assistant\",\"content\":" + (isSpoken ? "null" : "\"\"") + ",\"refusal\":null}");
    }

    void writeContent(ByteBuf out, String piece) {
        writeDelta(out, "{\"content\":" + quoted(piece) + "}");
    }

    void writeRefusal(ByteBuf out, String piece) {
        writeDelta(out, "{\"refusal\":" + quoted(piece) + "}");
    }

    void writeTranscript(ByteBuf out, String piece) {
        writeDelta(out, "{\"audio\":{" + takeAudioId() + "\"transcript\":" + quoted(piece) + "}}");
    }

    /** @param sound lent, its indices stay; a multiple of three bytes but for the last, so that pieces can be joined */
    void writeData(ByteBuf out, ByteBuf sound) {
        begin(out);
        out.writeBytes(CHOICE);
        write(out, "{\"audio\":{" + takeAudioId() + "\"data\":\"");
        Base64Pcm.encode(sound, out);
        write(out, "\"}}");
        out.writeBytes(UNFINISHED);
        end(out);
    }

    void writeToolCall(
            ByteBuf out, int index, @Nullable String callId, @Nullable String name, @Nullable String arguments) {
        String function = name == null ? "" : "\"name\":" + quoted(name);
        if (arguments != null || name != null) {
            function += (name == null ? "" : ",") + "\"arguments\":" + quoted(arguments == null ? "" : arguments);
        }
        String start = callId == null ? "" : "\"id\":" + quoted(callId) + ",\"type\":\"function\",";
        writeDelta(out, "{\"tool_calls\":[{\"index\":" + index + "," + start + "\"function\":{" + function + "}}]}");
    }

    /** Until when the audio id may be quoted. */
    void writeExpiry(ByteBuf out, long expiresAtUnixSeconds) {
        writeDelta(out, "{\"audio\":{" + takeAudioId() + "\"expires_at\":" + expiresAtUnixSeconds + "}}");
    }

    void writeFinish(ByteBuf out, String reason) {
        begin(out);
        out.writeBytes(CHOICE);
        write(out, "{},\"finish_reason\":" + quoted(reason) + "}]");
        end(out);
    }

    void writeUsage(ByteBuf out, Usage usage) {
        begin(out);
        write(out, ",\"choices\":[],\"usage\":" + CompletionJson.usage(usage) + "}");
        out.writeBytes(BLANK_LINE);
    }

    void writeDone(ByteBuf out) {
        out.writeBytes(DONE);
    }

    /** The answer broke off; nothing follows. */
    static void writeError(ByteBuf out, Refusal refusal) {
        out.writeBytes(DATA);
        write(out, CompletionJson.error(refusal));
        out.writeBytes(BLANK_LINE);
    }

    private String takeAudioId() {
        if (audioIdDue == null) return "";
        String id = "\"id\":" + quoted(audioIdDue) + ",";
        audioIdDue = null;
        return id;
    }

    private void writeDelta(ByteBuf out, String delta) {
        begin(out);
        out.writeBytes(CHOICE);
        write(out, delta);
        out.writeBytes(UNFINISHED);
        end(out);
    }

    private void begin(ByteBuf out) {
        out.writeBytes(DATA).writeBytes(head);
    }

    private void end(ByteBuf out) {
        write(out, includesUsage ? ",\"usage\":null}" : "}");
        out.writeBytes(BLANK_LINE);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
