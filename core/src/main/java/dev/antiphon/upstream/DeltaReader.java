package dev.antiphon.upstream;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The structure of one {@code chat.completion.chunk}: finds what we know, skips the rest, tells nobody. Of a reply's many
 * events that are alike it parses one and remembers it.
 *
 * <p>Threading: confined to its caller.
 */
final class DeltaReader {
    private static final int OUR_CHOICE = 0;

    /** The one that is being read and the one that turned out to be choice 0; they change places. */
    private Delta read = new Delta();

    private Delta delta = new Delta();
    private @Nullable Delta found; // of the event read or recalled last; null: it has none
    private boolean hasDelta;
    private boolean hasChoices;
    private boolean isError;
    private boolean isAudioModality;
    private @Nullable Usage usage;

    /** The raw text of OpenAI's {@code obfuscation}, of another length in each event; 0: there is none. */
    private int paddingStart;

    private int paddingEnd;

    private final boolean contentMayBeAudio;
    private final RememberedEvent[] memory;

    DeltaReader(Dialect.AudioPlace audioPlace) {
        this(audioPlace, true);
    }

    /** @param remembers false: {@link #recall} never finds anything */
    DeltaReader(Dialect.AudioPlace audioPlace, boolean remembers) {
        contentMayBeAudio = audioPlace == Dialect.AudioPlace.CONTENT_OF_MODALITY;
        memory = remembers ? newMemory() : new RememberedEvent[0];
    }

    private static RememberedEvent[] newMemory() {
        RememberedEvent.Kind[] kinds = RememberedEvent.Kind.values();
        RememberedEvent[] memory = new RememberedEvent[kinds.length];
        for (int i = 0; i < kinds.length; i++) memory[i] = new RememberedEvent(kinds[i]);
        return memory;
    }

    /**
     * Knows an event without parsing it, if it is like one that was parsed. Then all of this class speaks of it; of one
     * with sound on condition that the sound turns out to be nothing but base64.
     */
    boolean recall(byte[] array, int offset, int length) {
        for (RememberedEvent event : memory) {
            if (!event.recall(array, offset, length)) continue;
            found = event.kind() == RememberedEvent.Kind.TICK ? null : event.delta();
            hasChoices = found != null;
            isAudioModality = event.isAudioModality();
            isError = false;
            usage = null;
            return true;
        }
        return false;
    }

    /** The sound of the event recalled last was something else: read it, and do not recall another. */
    void giveUpRecallingSound() {
        for (RememberedEvent event : memory) {
            if (event.kind() == RememberedEvent.Kind.SOUND) event.giveUp();
        }
    }

    /** @throws IOException if this is not one JSON object */
    void read(byte[] array, int offset, int length) throws IOException {
        hasDelta = false;
        hasChoices = false;
        isError = false;
        isAudioModality = false;
        usage = null;
        found = null;
        paddingStart = 0;
        paddingEnd = 0;
        EventJson json = EventJson.open(array, offset, length);
        if (json.nextToken() != JsonToken.START_OBJECT) throw new MalformedEventException("not an object");
        readEvent(json);
        if (!json.finish()) throw new MalformedEventException("more than one document");
        if (hasDelta && delta.contentEnd > delta.contentStart) placeContent(array);
        if (hasDelta) found = delta;
        for (RememberedEvent event : memory) {
            if (event.kind() == kind()) remember(event, array, offset, length);
        }
    }

    /** Of the event just parsed; null: none that is worth remembering. */
    private RememberedEvent.@Nullable Kind kind() {
        if (isError || usage != null) return null;
        if (!hasChoices) return RememberedEvent.Kind.TICK;
        if (!hasDelta || !delta.toolCalls.isEmpty()) return null;
        if (delta.hasAudio()) return RememberedEvent.Kind.SOUND;
        return delta.transcript == null ? null : RememberedEvent.Kind.TRANSCRIPT;
    }

    private void remember(RememberedEvent event, byte[] array, int offset, int length) {
        int contentStart = 0;
        int contentEnd = 0;
        if (event.kind() == RememberedEvent.Kind.SOUND) {
            contentStart = delta.dataStart;
            contentEnd = delta.dataEnd;
        } else if (event.kind() == RememberedEvent.Kind.TRANSCRIPT) {
            contentStart = delta.transcriptStart;
            contentEnd = delta.transcriptEnd;
        }
        event.learn(array, offset, length, contentStart, contentEnd, paddingStart, paddingEnd, delta, isAudioModality);
    }

    /** Of choice 0; null: the event has none. Valid until the next event. */
    @Nullable
    Delta delta() {
        return found;
    }

    /** Whether there is any choice, ours or not. */
    boolean hasChoices() {
        return hasChoices;
    }

    /** Whether the event reports an error in any of the known ways; {@link FaultReader} says which. */
    boolean isError() {
        return isError;
    }

    @Nullable
    Usage usage() {
        return usage;
    }

    /** vLLM-Omni's top-level {@code modality:"audio"}: what stands in {@code delta.content} is sound. */
    boolean isAudioModality() {
        return isAudioModality;
    }

    /** Only behind the event's last field it is known what its content was. */
    private void placeContent(byte[] array) throws IOException {
        if (isAudioModality) {
            delta.dataStart = delta.contentStart;
            delta.dataEnd = delta.contentEnd;
            return;
        }
        delta.content = EventJson.unescape(array, delta.contentStart, delta.contentEnd);
        if (delta.content == null) throw new MalformedEventException("a text that is none");
    }

    private void readEvent(EventJson json) throws IOException {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "choices" -> readChoices(json, value);
                case "usage" -> {
                    if (value == JsonToken.START_OBJECT) usage = UsageReader.read(json);
                    else json.skipChildren();
                }
                case "error" -> {
                    isError |= value == JsonToken.START_OBJECT || textOrNull(json, value) != null;
                    json.skipChildren();
                }
                case "object" -> isError |= isText(json, value, "error");
                case "base_resp" -> readBaseResp(json, value);
                case "obfuscation" -> readPadding(json, value);
                case "modality" -> isAudioModality = isText(json, value, "audio");
                default -> json.skipChildren();
            }
        }
    }

    private void readPadding(EventJson json, JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_STRING) {
            json.skipChildren();
            return;
        }
        paddingStart = json.stringStart();
        json.finishToken();
        paddingEnd = json.stringEnd();
    }

    /** MiniMax: {@code {"status_code":0,"status_msg":""}} in every event, another number in a bad one. */
    private void readBaseResp(EventJson json, JsonToken start) throws IOException {
        if (start != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            if (field.equals("status_code")) isError |= longOr(json, value, 0) != 0;
            json.skipChildren();
        }
    }

    private void readChoices(EventJson json, JsonToken start) throws IOException {
        if (start != JsonToken.START_ARRAY) {
            json.skipChildren();
            return;
        }
        for (int position = 0; json.nextToken() != JsonToken.END_ARRAY; position++) {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                json.skipChildren();
                continue;
            }
            hasChoices = true;
            if (readChoice(json, position) == OUR_CHOICE && !hasDelta) {
                Delta taken = read;
                read = delta;
                delta = taken;
                hasDelta = true;
            }
        }
    }

    /** @return the choice's index, which at Azure stands behind its delta */
    private long readChoice(EventJson json, int position) throws IOException {
        read.clear();
        long index = position;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "index" -> index = longOr(json, value, position);
                // "message" is what a server sends that does not stream.
                case "delta", "message" -> readDelta(json, value);
                case "finish_reason" -> read.finishReason = textOrNull(json, value);
                default -> json.skipChildren();
            }
        }
        return index;
    }

    private void readDelta(EventJson json, JsonToken start) throws IOException {
        if (start != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "role" -> read.role = textOrNull(json, value);
                case "content" -> readContent(json, value);
                case "refusal" -> read.refusal = textOrNull(json, value);
                case "audio" -> readAudio(json, value);
                case "tool_calls" -> readToolCalls(json, value);
                case "function_call" -> readToolCall(json, value, 0);
                default -> json.skipChildren();
            }
        }
    }

    private void readContent(EventJson json, JsonToken value) throws IOException {
        if (contentMayBeAudio && value == JsonToken.VALUE_STRING) {
            read.contentStart = json.stringStart();
            read.contentEnd = json.skipRawString();
        } else {
            read.content = textOrNull(json, value);
        }
    }

    private void readAudio(EventJson json, JsonToken start) throws IOException {
        if (start == JsonToken.START_ARRAY) {
            readAudioList(json);
            return;
        }
        if (start != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "id" -> read.audioId = textOrNull(json, value);
                case "transcript" -> {
                    read.transcriptStart = json.stringStart();
                    read.transcript = textOrNull(json, value);
                    read.transcriptEnd = json.stringEnd();
                }
                case "sample_rate" -> read.sampleRateHz = longOr(json, value, Delta.NO_RATE);
                case "expires_at" -> read.expiresAtUnixSeconds = longOr(json, value, Delta.NO_EXPIRY);
                case "data" -> {
                    if (value == JsonToken.VALUE_STRING) {
                        read.dataStart = json.stringStart();
                        read.dataEnd = json.skipRawString();
                    } else {
                        json.skipChildren();
                    }
                }
                default -> json.skipChildren();
            }
        }
    }

    /** An empty one says nothing. */
    private void readAudioList(EventJson json) throws IOException {
        while (json.nextToken() != JsonToken.END_ARRAY) {
            read.isAudioList = true;
            json.skipChildren();
        }
    }

    private void readToolCalls(EventJson json, JsonToken start) throws IOException {
        if (start != JsonToken.START_ARRAY) {
            json.skipChildren();
            return;
        }
        for (int position = 0; json.nextToken() != JsonToken.END_ARRAY; position++) {
            readToolCall(json, json.currentToken(), position);
        }
    }

    /** Also the deprecated {@code function_call}, which is the inner object alone. */
    private void readToolCall(EventJson json, JsonToken start, int position) throws IOException {
        if (start != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        long index = position;
        String callId = null;
        String name = null;
        String arguments = null;
        int depth = 0;
        while (true) {
            JsonToken token = json.nextToken();
            if (token == JsonToken.END_OBJECT) {
                if (depth-- == 0) break;
                continue;
            }
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "index" -> index = longOr(json, value, position);
                case "id" -> callId = textOrNull(json, value);
                case "name" -> name = textOrNull(json, value);
                case "arguments" -> arguments = value == JsonToken.VALUE_STRING ? json.getText() : skipped(json);
                case "function" -> {
                    if (value == JsonToken.START_OBJECT) depth++;
                    else json.skipChildren();
                }
                default -> json.skipChildren();
            }
        }
        int legalIndex = (int) Math.max(0, Math.min(index, Integer.MAX_VALUE));
        read.toolCalls.add(new Delta.ToolCallPiece(legalIndex, callId, name, arguments));
    }

    private static @Nullable String skipped(JsonParser json) throws IOException {
        json.skipChildren();
        return null;
    }

    /** Without a String: the field is in every event. */
    private static boolean isText(JsonParser json, JsonToken value, String expected) throws IOException {
        if (value != JsonToken.VALUE_STRING) {
            json.skipChildren();
            return false;
        }
        int chars = json.getTextLength();
        if (chars != expected.length()) return false;
        char[] text = json.getTextCharacters();
        int offset = json.getTextOffset();
        for (int i = 0; i < chars; i++) {
            if (text[offset + i] != expected.charAt(i)) return false;
        }
        return true;
    }

    /** Null for everything but a text with at least one character; objects and arrays are skipped. */
    private static @Nullable String textOrNull(JsonParser json, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING) {
            String text = json.getText();
            return text.isEmpty() ? null : text;
        }
        return skipped(json);
    }

    /** The number cut to a whole one; {@code fallback} for everything else and for what no long can hold. */
    static long longOr(JsonParser json, JsonToken value, long fallback) throws IOException {
        if (value == JsonToken.VALUE_NUMBER_INT) {
            return json.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? fallback : json.getLongValue();
        }
        if (value == JsonToken.VALUE_NUMBER_FLOAT) return (long) json.getDoubleValue();
        json.skipChildren();
        return fallback;
    }

    /** The event is JSON, but not one object. */
    static final class MalformedEventException extends IOException {
        private static final long serialVersionUID = 1L;

        MalformedEventException(String what) {
            super(what);
        }
    }
}
