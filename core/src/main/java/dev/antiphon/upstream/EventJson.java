package dev.antiphon.upstream;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.io.ContentReference;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.core.json.UTF8StreamJsonParser;
import com.fasterxml.jackson.core.sym.ByteQuadsCanonicalizer;
import com.fasterxml.jackson.core.util.BufferRecycler;
import dev.antiphon.sse.ByteScan;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Jackson's blocking parser over one event after another, without a new parser for each, and with a way past a long
 * string that does not look at it twice.
 *
 * <p>It leans on protected fields of {@link UTF8StreamJsonParser}; nothing else of Jackson offers either.
 *
 * <p>Threading: one for each thread, for the time of one event.
 */
final class EventJson extends UTF8StreamJsonParser {
    static final StreamReadConstraints LIMITS = StreamReadConstraints.builder()
            .maxNestingDepth(64)
            .maxNumberLength(100)
            .maxNameLength(1_000)
            .maxStringLength(Integer.MAX_VALUE) // bounded by the event
            .build();

    static final JsonFactory FACTORY =
            JsonFactory.builder().streamReadConstraints(LIMITS).build();

    /** Names we know and those providers add are some hundred; past this somebody makes them up. */
    private static final int MAX_REMEMBERED_NAMES = 2_000;

    private static final int QUOTE_BOUND = '"' + 1;
    private static final byte[] NOTHING = {};

    private static final FastThreadLocal<EventJson> OF_THIS_THREAD = new FastThreadLocal<>() {
        @Override
        protected EventJson initialValue() {
            return new EventJson(ByteQuadsCanonicalizer.createRoot());
        }
    };

    private boolean untouched = true;

    private EventJson(ByteQuadsCanonicalizer names) {
        super(
                new IOContext(
                        LIMITS,
                        StreamWriteConstraints.defaults(),
                        ErrorReportConfiguration.defaults(),
                        new BufferRecycler(),
                        ContentReference.redacted(),
                        false),
                JsonParser.Feature.collectDefaults(),
                null,
                null,
                names.makeChild(JsonFactory.Feature.collectDefaults()),
                NOTHING,
                0,
                0,
                0,
                false);
    }

    /**
     * The calling thread's parser at the start of an event. Whoever opens it parses it to its last brace and says so by
     * {@link #finish}; the parser of an event that was left before is thrown away.
     *
     * @param array lent until {@link #finish}
     */
    static EventJson open(byte[] array, int offset, int length) {
        EventJson json = OF_THIS_THREAD.get();
        if (!json.untouched || json._symbols.size() > MAX_REMEMBERED_NAMES) {
            json = new EventJson(ByteQuadsCanonicalizer.createRoot());
            OF_THIS_THREAD.set(json);
        }
        json.untouched = false;
        json._inputBuffer = array;
        json._inputPtr = offset;
        json._inputEnd = offset + length;
        json._currInputProcessed = -offset;
        json._currInputRowStart = offset;
        return json;
    }

    /**
     * The event's last brace was read.
     *
     * @return false if something other than white space follows
     */
    boolean finish() {
        boolean clean = true;
        for (int at = _inputPtr; at < _inputEnd; at++) clean &= (_inputBuffer[at] & 0xff) <= ' ';
        _inputBuffer = NOTHING;
        _inputPtr = 0;
        _inputEnd = 0;
        _currInputRow = 1;
        _currToken = null;
        untouched = true;
        return clean;
    }

    /** Where in the array the current {@link JsonToken#VALUE_STRING} begins, behind its quote, if nobody read it yet. */
    int stringStart() {
        return _inputPtr;
    }

    /** Where the closing quote of the current {@link JsonToken#VALUE_STRING} stands, if it was read just now. */
    int stringEnd() {
        return _inputPtr - 1;
    }

    /**
     * Moves behind the current {@link JsonToken#VALUE_STRING}, which nobody has read yet, without decoding it.
     *
     * @return where its closing quote stands
     */
    int skipRawString() throws IOException {
        int start = _inputPtr;
        int at = start;
        while (true) {
            at = ByteScan.firstBelow(_inputBuffer, at, _inputEnd, QUOTE_BOUND);
            if (at == _inputEnd) _reportInvalidEOF(": a string has no end", JsonToken.VALUE_STRING);
            if (_inputBuffer[at] == '"' && !isEscaped(at, start)) break;
            at++;
        }
        _inputPtr = at + 1;
        _tokenIncomplete = false;
        return at;
    }

    /** The text between two quotes, escapes resolved; null if they are not what JSON allows. */
    static @Nullable String unescape(byte[] array, int from, int to) {
        byte[] quoted = new byte[to - from + 2];
        quoted[0] = '"';
        System.arraycopy(array, from, quoted, 1, to - from);
        quoted[quoted.length - 1] = '"';
        try (JsonParser json = FACTORY.createParser(quoted)) {
            return json.nextToken() == JsonToken.VALUE_STRING ? json.getText() : null;
        } catch (IOException notJson) {
            return null;
        }
    }

    private boolean isEscaped(int at, int start) {
        int backslashes = 0;
        while (at - backslashes > start && _inputBuffer[at - backslashes - 1] == '\\') backslashes++;
        return backslashes % 2 == 1;
    }
}
