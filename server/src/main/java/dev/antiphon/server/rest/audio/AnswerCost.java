package dev.antiphon.server.rest.audio;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import dev.antiphon.sse.SseDecoder;
import dev.antiphon.sse.SseListener;
import dev.antiphon.upstream.Endpoint;
import dev.antiphon.usage.TokenCounts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads along in an answer that is handed on, for what it says it cost: the {@code usage} of a JSON object or of the last
 * event that has one. It keeps nothing else and never complains.
 *
 * <pre>
 * {"text":"…","usage":{"type":"duration","seconds":2}}
 * {"text":"…","usage":{"type":"tokens","total_tokens":27,"input_tokens":17,
 *                      "input_token_details":{"text_tokens":0,"audio_tokens":17},"output_tokens":10}}
 * {"type":"speech.audio.done","usage":{"input_tokens":10,"output_tokens":93,"total_tokens":103}}
 * </pre>
 *
 * <p>Threading: confined to its caller.
 */
final class AnswerCost implements SseListener {
    private static final int MAX_EVENT_BYTES = 1 << 20;
    private static final int NAMED_DEPTH = 3;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxStringLength(MAX_EVENT_BYTES)
                    .build())
            .build();

    private final Endpoint endpoint;
    private @Nullable SseDecoder events; // null: no event stream
    private @Nullable Document document; // null: no JSON
    private Map<String, Double> usage = Map.of(); // numbers by path below usage; empty: nothing was said

    AnswerCost(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** @param contentType of {@link ContentTypes} */
    void onHead(String contentType) {
        if (contentType.equals(ContentTypes.EVENTS)) {
            events = new SseDecoder(MAX_EVENT_BYTES, SseDecoder.UnfinishedEvent.DISPATCHED);
        } else if (contentType.equals(ContentTypes.JSON)) {
            document = new Document();
        }
    }

    /** @param bytes lent, its indices stay */
    void onBody(ByteBuf bytes) {
        if (events != null) {
            events.feed(bytes.duplicate(), this);
        } else if (document != null) {
            byte[] array = ByteBufUtil.getBytes(bytes);
            document.feed(array, 0, array.length);
        }
    }

    void onEnd() {
        if (events != null) events.end(this);
    }

    /** Null: nothing was said. */
    @Nullable
    TokenCounts tokens() {
        if (usage.isEmpty()) return null;
        if (usage.containsKey("seconds")) return new TokenCounts(0, 0, 0, 0, 0, 0, usage.getOrDefault("seconds", 0.0));
        long input = tokens("input_tokens");
        long output = tokens("output_tokens");
        if (endpoint == Endpoint.SPEECH) return new TokenCounts(input, 0, 0, 0, 0, output, 0);
        long audio = Math.min(input, tokens("input_token_details.audio_tokens"));
        return new TokenCounts(input - audio, audio, 0, 0, output, 0, 0);
    }

    private long tokens(String path) {
        return Math.max(0, usage.getOrDefault(path, 0.0).longValue());
    }

    @Override
    public void onEvent(String type, byte[] array, int offset, int length) {
        new Document().feed(array, offset, length);
    }

    @Override
    public void onOversized(int maxEventBytes) {}

    /** One JSON object, cut anywhere. */
    private final class Document {
        private final @Nullable JsonParser json;
        private final Map<String, Double> found = new HashMap<>();
        private final String[] names = new String[NAMED_DEPTH + 1]; // of the latest field at each depth
        private int depth;
        private boolean isOver; // read, or unreadable

        Document() {
            JsonParser parser = null;
            try {
                parser = JSON.createNonBlockingByteArrayParser();
            } catch (IOException e) {
                isOver = true;
            }
            json = parser;
        }

        void feed(byte[] array, int offset, int length) {
            if (isOver || json == null) return;
            try {
                ((ByteArrayFeeder) json.getNonBlockingInputFeeder()).feedInput(array, offset, offset + length);
                for (JsonToken token = json.nextToken();
                        token != null && token != JsonToken.NOT_AVAILABLE && !isOver;
                        token = json.nextToken()) {
                    onToken(json, token);
                }
            } catch (IOException notJson) {
                isOver = true;
            }
        }

        private void onToken(JsonParser parser, JsonToken token) throws IOException {
            if (token.isStructStart()) {
                depth++;
                if (depth <= NAMED_DEPTH) names[depth] = ""; // the elements of an array have none
            } else if (token.isStructEnd()) {
                depth--;
                if (depth == 1 && "usage".equals(names[1])) usage = Map.copyOf(found);
                isOver = depth == 0;
            } else if (token == JsonToken.FIELD_NAME) {
                if (depth <= NAMED_DEPTH) names[depth] = parser.currentName();
            } else if (token.isNumeric() && "usage".equals(names[1])) {
                if (depth <= NAMED_DEPTH && names[depth].isEmpty()) return;
                if (depth == 2) found.put(names[2], parser.getDoubleValue());
                else if (depth == NAMED_DEPTH) found.put(names[2] + '.' + names[3], parser.getDoubleValue());
            }
        }
    }
}
