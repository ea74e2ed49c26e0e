package dev.antiphon.server.media;

import io.netty.buffer.ByteBuf;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code multipart/form-data} body, read: its fields, and the one file it may have.
 *
 * <p>Threading: confined to its caller.
 */
public final class MultipartForm implements AutoCloseable {
    /** Of the file, unless the configuration says otherwise. */
    public static final int MAX_FILE_BYTES = 20_971_520;

    private final Map<String, List<String>> fields;
    private final @Nullable FormPart filePart; // null: no file
    private @Nullable ByteBuf file; // null: none, or taken

    MultipartForm(Map<String, List<String>> fields, @Nullable FormPart filePart, @Nullable ByteBuf file) {
        this.fields = new LinkedHashMap<>(fields);
        this.filePart = filePart;
        this.file = file;
    }

    /** Names in the order of their first coming, without the {@code []} of arrays. */
    public Map<String, List<String>> fields() {
        return Collections.unmodifiableMap(fields);
    }

    /** All values in order; empty: the field is not there. */
    public List<String> values(String name) {
        return List.copyOf(fields.getOrDefault(name, List.of()));
    }

    /** The last value; null: the field is not there. */
    public @Nullable String value(String name) {
        List<String> values = values(name);
        return values.isEmpty() ? null : values.get(values.size() - 1);
    }

    public boolean hasFile() {
        return filePart != null;
    }

    /** Of the field that is the file, {@code file} as a rule; empty: no file. */
    public String fileField() {
        return filePart == null ? "" : filePart.name();
    }

    /** As the client wrote it, never a path to use; empty: it gave none. */
    public String filename() {
        return filePart == null || filePart.filename() == null ? "" : filePart.filename();
    }

    /** As the client wrote it; empty: it gave none. */
    public String fileContentType() {
        return filePart == null || filePart.contentType() == null ? "" : filePart.contentType();
    }

    /** @return the file's bytes, given; once */
    public ByteBuf takeFile() {
        ByteBuf taken = file;
        if (taken == null) throw new IllegalStateException("file: none, or taken (expected: hasFile(), once)");
        file = null;
        return taken;
    }

    /** Releases the file if nobody took it. */
    @Override
    public void close() {
        if (file == null) return;
        file.release();
        file = null;
    }

    /**
     * Reads a form as its bytes come in, cut anywhere, in memory only. Every limit holds while reading. After a
     * {@link MultipartFault} it can only be closed.
     *
     * <p>Threading: confined to its caller.
     */
    public static final class Reader implements AutoCloseable {
        private final MultipartReader reader;

        /**
         * @param contentType of the request
         * @param maxFileBytes a longer file is refused when its first byte too many comes
         * @throws MultipartFault if it is no {@code multipart/form-data} with a boundary
         */
        public Reader(String contentType, int maxFileBytes) {
            reader = new MultipartReader(contentType, maxFileBytes);
        }

        /** @param in lent, its indices stay */
        public void feed(ByteBuf in) {
            reader.feed(in);
        }

        /**
         * The body is over.
         *
         * @return given: close it
         * @throws MultipartFault if the form was not
         */
        public MultipartForm end() {
            return reader.end();
        }

        /** Releases what was read, if {@link #end} did not hand it over. */
        @Override
        public void close() {
            reader.close();
        }
    }
}
