package dev.antiphon.server.media;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code multipart/form-data} body that arrives in pieces, cut anywhere. RFC 7578, RFC 2046 §5.1.1.
 *
 * <p>Threading: confined to its caller.
 */
final class MultipartReader implements AutoCloseable {
    /*
     *   preamble CRLF --boundary CRLF headers CRLF content CRLF --boundary CRLF … CRLF --boundary-- epilogue
     *
     *   PREAMBLE ─▶ AFTER_BOUNDARY ─▶ HEADERS ─▶ CONTENT ─┐
     *                 ▲       └─▶ EPILOGUE                │
     *                 └───────────────────────────────────┘
     *
     * A boundary is looked for as CRLF--boundary; the body begins as if a CRLF had come before. CR stands in it only at
     * its beginning, so that a match that fails can begin anew only at the byte that failed it.
     *
     * Why not Netty's decoder: 4.2.20 gives a file another byte where it is cut before a boundary, takes headers of any
     * length and a form without an end, and leaks buffers when it is fed broken ones.
     */
    private enum State {
        PREAMBLE,
        AFTER_BOUNDARY,
        HEADERS,
        CONTENT,
        EPILOGUE
    }

    private static final int MOST_PARTS = 33; // 32 fields and a file
    private static final int MOST_FIELD_BYTES = 64 * 1024;
    private static final int MOST_HEADER_BYTES = 8 * 1024;
    private static final int MOST_IDLE_BYTES = 8 * 1024; // before the first part, after the last, after a boundary
    private static final int LONGEST_BOUNDARY = 70; // RFC 2046 §5.1.1
    private static final String BOUNDARY_MARKS = "'()+_,-./:=? ";
    private static final byte CR = '\r';

    private final int maxFileBytes;
    private final byte[] delimiter;
    private final Map<String, List<String>> fields = new LinkedHashMap<>();

    private State state = State.PREAMBLE;
    private int matched = 2; // bytes of the delimiter
    private int parts;
    private int idleBytes;
    private @Nullable FormPart part; // in CONTENT
    private @Nullable ByteBuf content; // of the headers or of the part
    private @Nullable FormPart filePart; // null: no file yet
    private @Nullable ByteBuf file; // null: no file yet, or handed over

    MultipartReader(String contentType, int maxFileBytes) {
        if (maxFileBytes < 1) {
            throw new IllegalArgumentException("maxFileBytes: " + maxFileBytes + " (expected: > 0)");
        }
        this.maxFileBytes = maxFileBytes;
        delimiter = ("\r\n--" + boundaryOf(contentType)).getBytes(StandardCharsets.US_ASCII);
    }

    /** @param in lent, its indices stay */
    void feed(ByteBuf in) {
        ByteBuf rest = in.slice();
        while (rest.isReadable()) {
            switch (state) {
                case PREAMBLE, CONTENT -> readToBoundary(rest);
                case AFTER_BOUNDARY -> readAfterBoundary(rest.readByte());
                case HEADERS -> readHeaders(rest.readByte());
                case EPILOGUE -> countIdle(rest.readSlice(rest.readableBytes()).readableBytes());
            }
        }
    }

    MultipartForm end() {
        if (state != State.EPILOGUE) {
            throw MultipartFault.malformed("form: ended early (expected: a closing boundary at its end)");
        }
        MultipartForm form = new MultipartForm(fields, filePart, file);
        file = null;
        return form;
    }

    @Override
    public void close() {
        if (content != null) content.release();
        if (file != null) file.release();
        content = null;
        file = null;
    }

    private void readToBoundary(ByteBuf rest) {
        while (rest.isReadable()) {
            if (matched == 0) {
                int run = rest.bytesBefore(CR);
                keep(rest.readSlice(run < 0 ? rest.readableBytes() : run));
                if (!rest.isReadable()) return;
            }
            byte next = rest.readByte();
            if (next == delimiter[matched]) {
                if (++matched < delimiter.length) continue;
                matched = 0;
                endPart();
                return;
            }
            // The CRLF before the body was never sent.
            keep(delimiter, matched);
            matched = next == CR ? 1 : 0;
            if (matched == 0) keep(rest.slice(rest.readerIndex() - 1, 1));
        }
    }

    private void endPart() {
        FormPart ended = part;
        ByteBuf bytes = content;
        part = null;
        state = State.AFTER_BOUNDARY;
        if (ended == null || bytes == null) return; // the preamble
        content = null;
        if (ended.filename() != null) {
            filePart = ended;
            file = bytes;
            return;
        }
        try {
            String value = HeaderParameters.text(bytes.nioBuffer(), ended.charset());
            fields.computeIfAbsent(ended.name(), name -> new ArrayList<>()).add(value);
        } finally {
            bytes.release();
        }
    }

    /** CRLF with blanks before it, or two hyphens. */
    private void readAfterBoundary(byte next) {
        switch (matched) {
            case 0 -> {
                if (next == '-') matched = -1;
                else if (next == CR) matched = 1;
                else if (next == ' ' || next == '\t') countIdle(1);
                else throw brokenBoundary();
            }
            case 1 -> {
                if (next != '\n') throw brokenBoundary();
                beginHeaders();
            }
            default -> {
                if (next != '-') throw brokenBoundary();
                matched = 0;
                state = State.EPILOGUE;
            }
        }
    }

    private void beginHeaders() {
        if (++parts > MOST_PARTS) throw MultipartFault.tooMany(MOST_PARTS);
        matched = 0;
        content = ByteBufAllocator.DEFAULT.heapBuffer();
        state = State.HEADERS;
    }

    /** To the empty line. A part without any header is no part of a form, so one is waited for. */
    private void readHeaders(byte next) {
        ByteBuf headers = content;
        if (headers == null) throw new IllegalStateException("state: " + state + " without a buffer");
        if (headers.readableBytes() >= MOST_HEADER_BYTES) throw MultipartFault.tooLarge("headers", MOST_HEADER_BYTES);
        headers.writeByte(next);
        int length = headers.readableBytes();
        if (next != '\n' || length < 4 || headers.getMedium(length - 4) != 0x0D0A0D) return;
        byte[] lines = new byte[length - 2];
        headers.readBytes(lines).clear();
        beginContent(FormPart.parse(lines, lines.length));
    }

    private void beginContent(FormPart next) {
        if (next.filename() != null && filePart != null) {
            throw MultipartFault.malformed("files: more than one (expected: one)");
        }
        part = next;
        matched = 0;
        state = State.CONTENT;
    }

    private void keep(byte[] bytes, int length) {
        ByteBuf kept = roomFor(length);
        if (kept != null) kept.writeBytes(bytes, 0, length);
    }

    private void keep(ByteBuf bytes) {
        ByteBuf kept = roomFor(bytes.readableBytes());
        if (kept != null) kept.writeBytes(bytes);
    }

    /** Where so many more bytes go, if they may come; null: nowhere, they stand outside the parts. */
    private @Nullable ByteBuf roomFor(int bytes) {
        FormPart current = part;
        ByteBuf kept = content;
        if (current == null || kept == null) {
            countIdle(bytes);
            return null;
        }
        boolean isFile = current.filename() != null;
        int most = isFile ? maxFileBytes : MOST_FIELD_BYTES;
        if (bytes > most - kept.readableBytes()) throw MultipartFault.tooLarge(isFile ? "file" : "field", most);
        return kept;
    }

    private void countIdle(int bytes) {
        idleBytes += bytes;
        if (idleBytes < 0 || idleBytes > MOST_IDLE_BYTES) {
            throw MultipartFault.tooLarge("bytes outside the parts", MOST_IDLE_BYTES);
        }
    }

    private static String boundaryOf(String contentType) {
        HeaderParameters parsed = HeaderParameters.parse(contentType);
        if (!parsed.value().equals("multipart/form-data")) {
            throw MultipartFault.malformed(
                    "content-type: not multipart/form-data (expected: multipart/form-data; boundary=…)");
        }
        String boundary = parsed.get("boundary");
        boolean isLegal = boundary != null
                && !boundary.isEmpty()
                && boundary.length() <= LONGEST_BOUNDARY
                && !boundary.endsWith(" ")
                && boundary.chars().allMatch(MultipartReader::isBoundaryChar);
        if (boundary == null || !isLegal) {
            throw MultipartFault.malformed("boundary: none or illegal (expected: 1 to 70 characters, RFC 2046 §5.1.1)");
        }
        return boundary;
    }

    private static boolean isBoundaryChar(int c) {
        return (c >= '0' && c <= '9')
                || (c >= 'A' && c <= 'Z')
                || (c >= 'a' && c <= 'z')
                || BOUNDARY_MARKS.indexOf(c) >= 0;
    }

    private static MultipartFault brokenBoundary() {
        return MultipartFault.malformed("boundary: something else after it (expected: CRLF or --)");
    }
}
