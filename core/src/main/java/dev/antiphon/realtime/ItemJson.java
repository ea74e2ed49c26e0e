package dev.antiphon.realtime;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Base64Pcm;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An item as the client sees it. A string that is not there is left out, never null, as strict clients want it; but the
 * {@code transcript} of a user's speech is always there, null or not, for the same reason. Pictures that the client sent
 * are not sent back to it, and sounds only when it asks for the item.
 *
 * <p>Threading: confined to its caller.
 */
final class ItemJson {
    private static final int ENVELOPE_BYTES = 1024;

    private final Dialect dialect;
    private final JsonWriter json;
    private long audioBytesLeft; // of base64, in the item that is being written

    ItemJson(Dialect dialect, JsonWriter json) {
        this.dialect = dialect;
        this.json = json;
    }

    void write(Item item) {
        write(item, 0);
    }

    /**
     * With the user's speech, part by part as long as all of the event stays below a size.
     *
     * @param maxEventBytes of the event whose only content the item is
     */
    void writeWithAudio(Item item, int maxEventBytes) {
        write(item, maxEventBytes - ENVELOPE_BYTES - WireSize.of(item));
    }

    private void write(Item item, long audioBytes) {
        audioBytesLeft = audioBytes;
        json.beginObject();
        json.text("id", item.id());
        if (dialect == Dialect.BETA) json.text("object", "realtime.item");
        // Sealed, and only these three: without pattern switches this is the one place that asks an item what it is.
        if (item instanceof Item.Message message) writeMessage(message);
        else if (item instanceof Item.FunctionCall call) writeFunctionCall(call);
        else if (item instanceof Item.FunctionCallOutput output) writeFunctionCallOutput(output);
        json.end();
    }

    private void writeMessage(Item.Message message) {
        json.text("type", "message");
        writeStatus(message.status());
        json.text(
                "role",
                switch (message.role()) {
                    case SYSTEM -> "system";
                    case USER -> "user";
                    case ASSISTANT -> "assistant";
                });
        json.beginArray("content");
        List<ContentPart> content = message.content();
        for (int i = 0; i < content.size(); i++) {
            json.beginObject();
            writePart(content.get(i));
            json.end();
        }
        json.endArray();
    }

    private void writePart(ContentPart part) {
        if (part instanceof ContentPart.InputText text) {
            json.text("type", "input_text");
            json.text("text", text.text());
        } else if (part instanceof ContentPart.InputAudio audio) {
            json.text("type", "input_audio");
            json.textOrNull("transcript", audio.transcript());
            writeAudio(audio.clip());
        } else if (part instanceof ContentPart.InputImage image) {
            json.text("type", "input_image");
            if (image.detail() != null) json.text("detail", image.detail());
        } else if (part instanceof ContentPart.OutputText text) {
            json.text("type", dialect == Dialect.GA ? "output_text" : "text");
            json.text("text", text.text());
        } else if (part instanceof ContentPart.OutputAudio audio) {
            json.text("type", dialect == Dialect.GA ? "output_audio" : "audio");
            json.text("transcript", audio.transcript());
        }
    }

    private void writeAudio(@Nullable AudioClip clip) {
        if (clip == null) return;
        int base64Bytes = Base64Pcm.encodedBytes(clip.bytes());
        if (base64Bytes > audioBytesLeft) return;
        audioBytesLeft -= base64Bytes;
        json.base64("audio", clip.toByteArray());
    }

    private void writeFunctionCall(Item.FunctionCall call) {
        json.text("type", "function_call");
        writeStatus(call.status());
        json.text("name", call.name());
        if (!call.callId().isEmpty()) json.text("call_id", call.callId());
        json.text("arguments", call.arguments());
    }

    private void writeFunctionCallOutput(Item.FunctionCallOutput output) {
        json.text("type", "function_call_output");
        writeStatus(output.status());
        json.text("call_id", output.callId());
        json.text("output", output.output());
    }

    private void writeStatus(ItemStatus status) {
        json.text(
                "status",
                switch (status) {
                    case IN_PROGRESS -> "in_progress";
                    case COMPLETED -> "completed";
                    case INCOMPLETE -> "incomplete";
                });
    }
}
