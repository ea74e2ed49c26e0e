package dev.antiphon.pcm;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.antiphon.session.ClientFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text messages of a {@code pcm.v1} client: one JSON object each, its members in any order, those it does not
 * know passed over. What cannot be understood becomes a {@link ClientFault}, and nothing of the message is handed on.
 *
 * <p>Threading: confined to its caller.
 */
public final class PcmReader {
    /** The code of every fault in a text message. */
    public static final String BAD_MESSAGE = "bad_message";
    /** Longest message; instructions and typed text are what fills one. */
    public static final int MAX_MESSAGE_BYTES = 64 * 1024;

    private static final String TYPES = "start, end, cancel, played, text, ping or stop";
    private static final int MAX_NESTING = 16;
    private static final int MAX_NUMBER_CHARS = 64;
    private static final int MAX_ID_CHARS = 512;
    private static final int MAX_EVENTS = 32;
    private static final int MAX_PING_BYTES = 1024;

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CHARSET_DETECTION) // text is UTF-8 (RFC 6455 §5.6)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .build())
            .build();

    private final PcmDraft draft;

    /** @param draft where {@code start} lays down what the client wants */
    public PcmReader(PcmDraft draft) {
        this.draft = draft;
    }

    /**
     * Reads one message.
     *
     * @param text its JSON in UTF-8; lent, its indices stay
     * @throws ClientFault if it is none
     */
    public void read(ByteBuf text, PcmMessages out) {
        if (text.readableBytes() > MAX_MESSAGE_BYTES) {
            throw bad("message: " + text.readableBytes() + " bytes (expected: at most " + MAX_MESSAGE_BYTES + ")");
        }
        byte[] message = ByteBufUtil.getBytes(text);
        try {
            dispatch(typeOf(message), message, out);
        } catch (IOException e) {
            throw bad("message: not valid JSON (expected: an object with a type)");
        }
    }

    /** To the end of the message: half a message must not take effect, and the type may be its last member. */
    private static String typeOf(byte[] message) throws IOException {
        String type = null;
        try (JsonParser json = JSON.createParser(message)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw bad("message: not an object (expected: an object with a type)");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean isType = json.currentName().equals("type");
                json.nextToken();
                if (isType) type = text(json, "type");
                else json.skipChildren();
            }
            if (json.nextToken() != null) throw bad("message: more JSON behind the object (expected: one object)");
        }
        if (type == null) throw bad("type: missing (expected: " + TYPES + ")");
        return type;
    }

    private void dispatch(String type, byte[] message, PcmMessages out) throws IOException {
        try (JsonParser json = JSON.createParser(message)) {
            json.nextToken();
            switch (type) {
                case "start" -> {
                    readStart(json);
                    out.onStart();
                }
                case "end" -> out.onEnd();
                case "cancel" -> out.onCancel();
                case "played" -> readPlayed(json, out);
                case "text" -> out.onText(required("text", readText(json)));
                case "ping" -> out.onPing(readPing(json, message));
                case "stop" -> out.onStop();
                default -> throw PcmDraft.fault("type", type, TYPES);
            }
        }
    }

    private void readStart(JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() == JsonToken.VALUE_NULL) continue;
            if (PcmDraft.isText(name)) draft.setText(name, text(json, name));
            else readStartMember(json, name);
        }
        draft.settings();
    }

    private void readStartMember(JsonParser json, String name) throws IOException {
        switch (name) {
            case "rate" -> draft.setInRate(name, integer(json, name));
            case "out_rate" -> draft.setOutRate(name, integer(json, name));
            case "lead_ms" -> draft.setLead(name, integer(json, name));
            case "events" -> draft.setWords(name, texts(json, name));
            case "in" -> readFormat(json, name, true);
            case "out" -> readFormat(json, name, false);
            default -> json.skipChildren();
        }
    }

    private void readFormat(JsonParser json, String path, boolean isIn) throws IOException {
        expect(json, JsonToken.START_OBJECT, path, "an object");
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() == JsonToken.VALUE_NULL) continue;
            String memberPath = path + "." + name;
            switch (name) {
                case "encoding" -> {
                    String encoding = text(json, memberPath);
                    if (isIn) draft.setInEncoding(memberPath, encoding);
                    else draft.setOutEncoding(memberPath, encoding);
                }
                case "rate" -> {
                    int rateHz = integer(json, memberPath);
                    if (isIn) draft.setInRate(memberPath, rateHz);
                    else draft.setOutRate(memberPath, rateHz);
                }
                default -> json.skipChildren();
            }
        }
    }

    private static void readPlayed(JsonParser json, PcmMessages out) throws IOException {
        String mark = null;
        String item = null;
        long millis = -1;
        boolean isFlushed = false;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() == JsonToken.VALUE_NULL) continue;
            switch (name) {
                case "mark" -> mark = id(json, name);
                case "item" -> item = id(json, name);
                case "ms" -> millis = millis(json, name);
                case "flushed" -> isFlushed = bool(json, name);
                default -> json.skipChildren();
            }
        }
        if (item != null) {
            if (millis < 0) throw bad("ms: missing (expected: how much of the item has been played)");
            out.onPlayed(item, millis);
        } else if (mark != null) {
            out.onMark(mark, isFlushed);
        } else {
            throw bad("item: missing (expected: an item with ms, or a mark)");
        }
    }

    private static @Nullable String readText(JsonParser json) throws IOException {
        String text = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean isText = json.currentName().equals("text");
            json.nextToken();
            if (isText) text = text(json, "text");
            else json.skipChildren();
        }
        return text;
    }

    /** What was sent is sent back byte for byte: a number keeps the digits it was written in. */
    private static @Nullable String readPing(JsonParser json, byte[] message) throws IOException {
        String t = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean isT = json.currentName().equals("t");
            json.nextToken();
            int from = (int) json.currentTokenLocation().getByteOffset();
            json.finishToken();
            json.skipChildren();
            int to = (int) json.currentLocation().getByteOffset();
            if (!isT) continue;
            if (to - from > MAX_PING_BYTES) {
                throw bad("t: " + (to - from) + " bytes (expected: at most " + MAX_PING_BYTES + ")");
            }
            t = new String(message, from, to - from, StandardCharsets.UTF_8);
        }
        return t;
    }

    private static String required(String name, @Nullable String value) {
        if (value == null || value.isEmpty()) throw bad(name + ": missing (expected: a string that is not empty)");
        return value;
    }

    private static List<String> texts(JsonParser json, String path) throws IOException {
        expect(json, JsonToken.START_ARRAY, path, "an array of strings");
        List<String> texts = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            texts.add(text(json, path));
            if (texts.size() > MAX_EVENTS) throw bad(path + ": too many (expected: at most " + MAX_EVENTS + ")");
        }
        return texts;
    }

    private static String id(JsonParser json, String path) throws IOException {
        String id = text(json, path);
        if (id.length() > MAX_ID_CHARS) {
            throw PcmDraft.fault(path, id.length() + " characters", "at most " + MAX_ID_CHARS);
        }
        return id;
    }

    /** With a UTF-8 form: JSON's escapes can spell half a surrogate pair, which has none. */
    private static String text(JsonParser json, String path) throws IOException {
        expect(json, JsonToken.VALUE_STRING, path, "a string");
        return new String(json.getText().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    private static boolean bool(JsonParser json, String path) throws IOException {
        if (!json.currentToken().isBoolean()) throw wrong(json, path, "true or false");
        return json.getBooleanValue();
    }

    private static int integer(JsonParser json, String path) throws IOException {
        expect(json, JsonToken.VALUE_NUMBER_INT, path, "an integer");
        if (json.getNumberType() != JsonParser.NumberType.INT) throw wrong(json, path, "an integer of 32 bits");
        return json.getIntValue();
    }

    private static long millis(JsonParser json, String path) throws IOException {
        // A player that counts in samples may well report a fraction.
        if (!json.currentToken().isNumeric()) throw wrong(json, path, "a number");
        double millis = json.getDoubleValue();
        if (!(millis >= 0 && millis <= Integer.MAX_VALUE)) throw wrong(json, path, "a number >= 0");
        return (long) millis;
    }

    private static void expect(JsonParser json, JsonToken token, String path, String expected) throws IOException {
        if (!json.hasToken(token)) throw wrong(json, path, expected);
    }

    private static ClientFault wrong(JsonParser json, String path, String expected) throws IOException {
        String got = switch (json.currentToken()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> '"' + json.getText() + '"';
            default -> json.getText();
        };
        return PcmDraft.fault(path, got, expected);
    }

    private static ClientFault bad(String sentence) {
        return new ClientFault(BAD_MESSAGE, sentence, null, null);
    }
}
