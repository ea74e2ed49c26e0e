package dev.antiphon.realtime;

import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.upstream.ToolDefinition;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes text becomes when an event repeats it to its client, at most: many clients refuse frames of 1 MiB, so
 * what would make one is not let in.
 */
final class WireSize {
    /** Most that a client's own words may be of one event; what is around them is small. */
    static final int MAX_ECHO_BYTES = 960 << 10;

    private static final int ESCAPE_BYTES = 6; // \u0000, and each half of a surrogate pair
    private static final int PART_BYTES = 64; // {"type":"input_audio","transcript":"","audio":""},
    private static final int TOOL_BYTES = 80; // {"type":"function","name":"","description":"","parameters":},

    private WireSize() {}

    static long of(@Nullable String text) {
        if (text == null) return 0;
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || Character.isSurrogate(c)) bytes += ESCAPE_BYTES;
            else if (c == '"' || c == '\\') bytes += 2;
            else if (c < 0x80) bytes++;
            else bytes += c < 0x800 ? 2 : 3;
        }
        return bytes;
    }

    /** Without the audio and pictures, which are not repeated. */
    static long of(Item item) {
        long bytes = of(item.id());
        if (item instanceof Item.Message message) {
            for (ContentPart part : message.content()) bytes += PART_BYTES + of(part);
        } else if (item instanceof Item.FunctionCall call) {
            bytes += of(call.callId()) + of(call.name()) + of(call.arguments());
        } else if (item instanceof Item.FunctionCallOutput output) {
            bytes += of(output.callId()) + of(output.output());
        }
        return bytes;
    }

    private static long of(ContentPart part) {
        if (part instanceof ContentPart.InputText text) return of(text.text());
        if (part instanceof ContentPart.InputAudio audio) return of(audio.transcript());
        if (part instanceof ContentPart.InputImage image) return of(image.detail());
        if (part instanceof ContentPart.OutputText text) return of(text.text());
        if (part instanceof ContentPart.OutputAudio audio) return of(audio.transcript());
        return 0;
    }

    static long of(SessionSettings settings) {
        long bytes = of(settings.model())
                + of(settings.instructions())
                + of(settings.output().voice());
        for (ToolDefinition tool : settings.tools().offered()) {
            bytes += TOOL_BYTES + of(tool.name()) + of(tool.description()) + of(tool.parametersJson());
        }
        SessionSettings.Transcription transcription = settings.input().transcription();
        if (transcription != null) {
            bytes += of(transcription.model()) + of(transcription.language()) + of(transcription.prompt());
        }
        return bytes;
    }
}
