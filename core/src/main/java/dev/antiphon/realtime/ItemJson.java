package dev.antiphon.realtime;

import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;

/**
 * An item as the client sees it. A string that is not there is left out, never null, as strict clients want it; but the
 * {@code transcript} of a user's speech is always there, null or not, for the same reason. Sounds and pictures that the
 * client sent are not sent back to it.
 */
final class ItemJson {
    private ItemJson() {}

    static void write(Item item, JsonWriter json) {
        json.beginObject();
        json.text("id", item.id());
        // Sealed, and only these three: without pattern switches this is the one place that asks an item what it is.
        if (item instanceof Item.Message message) writeMessage(message, json);
        else if (item instanceof Item.FunctionCall call) writeFunctionCall(call, json);
        else if (item instanceof Item.FunctionCallOutput output) writeFunctionCallOutput(output, json);
        json.end();
    }

    private static void writeMessage(Item.Message message, JsonWriter json) {
        json.text("type", "message");
        writeStatus(message.status(), json);
        json.text(
                "role",
                switch (message.role()) {
                    case SYSTEM -> "system";
                    case USER -> "user";
                    case ASSISTANT -> "assistant";
                });
        json.beginArray("content");
        for (ContentPart part : message.content()) {
            json.beginObject();
            writePart(part, json);
            json.end();
        }
        json.endArray();
    }

    private static void writePart(ContentPart part, JsonWriter json) {
        if (part instanceof ContentPart.InputText text) {
            json.text("type", "input_text");
            json.text("text", text.text());
        } else if (part instanceof ContentPart.InputAudio audio) {
            json.text("type", "input_audio");
            json.textOrNull("transcript", audio.transcript());
        } else if (part instanceof ContentPart.InputImage image) {
            json.text("type", "input_image");
            if (image.detail() != null) json.text("detail", image.detail());
        } else if (part instanceof ContentPart.OutputText text) {
            json.text("type", "output_text");
            json.text("text", text.text());
        } else if (part instanceof ContentPart.OutputAudio audio) {
            json.text("type", "output_audio");
            json.text("transcript", audio.transcript());
        }
    }

    private static void writeFunctionCall(Item.FunctionCall call, JsonWriter json) {
        json.text("type", "function_call");
        writeStatus(call.status(), json);
        json.text("name", call.name());
        if (!call.callId().isEmpty()) json.text("call_id", call.callId());
        json.text("arguments", call.arguments());
    }

    private static void writeFunctionCallOutput(Item.FunctionCallOutput output, JsonWriter json) {
        json.text("type", "function_call_output");
        writeStatus(output.status(), json);
        json.text("call_id", output.callId());
        json.text("output", output.output());
    }

    private static void writeStatus(ItemStatus status, JsonWriter json) {
        json.text(
                "status",
                switch (status) {
                    case IN_PROGRESS -> "in_progress";
                    case COMPLETED -> "completed";
                    case INCOMPLETE -> "incomplete";
                });
    }
}
