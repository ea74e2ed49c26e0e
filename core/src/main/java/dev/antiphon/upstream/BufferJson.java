package dev.antiphon.upstream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * Jackson's generator into one buffer after another, without a new generator for each document.
 *
 * <p>Threading: one for each thread, for the time of one document.
 */
public final class BufferJson {
    // Between two documents of one generator stands nothing: they lie in different buffers.
    private static final JsonFactory FACTORY =
            new JsonFactoryBuilder().rootValueSeparator((SerializedString) null).build();

    private static final FastThreadLocal<BufferJson> OF_THIS_THREAD = new FastThreadLocal<>() {
        @Override
        protected BufferJson initialValue() {
            return new BufferJson();
        }
    };

    private final Target target = new Target();
    private final JsonGenerator generator;
    private boolean untouched = true;

    private BufferJson() {
        try {
            generator = FACTORY.createGenerator(target);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /**
     * The calling thread's generator at the start of a document. Whoever opens it writes the document to its end and says
     * so by {@link #finish}; the generator of a document that was left before is thrown away.
     *
     * @param out lent until {@link #finish}; the document is appended
     */
    public static BufferJson open(ByteBuf out) {
        BufferJson json = OF_THIS_THREAD.get();
        if (!json.untouched) {
            json = new BufferJson();
            OF_THIS_THREAD.set(json);
        }
        json.untouched = false;
        json.target.out = out;
        return json;
    }

    /** Never to be closed. What it was told is in the buffer once it was flushed. */
    public JsonGenerator generator() {
        return generator;
    }

    /** The document is whole. */
    public void finish() {
        try {
            generator.flush();
        } catch (IOException e) {
            throw refused(e);
        }
        target.out = Unpooled.EMPTY_BUFFER;
        untouched = generator.getOutputContext().inRoot();
    }

    private static UncheckedIOException refused(IOException e) {
        return new UncheckedIOException("a buffer refused JSON", e);
    }

    private static final class Target extends OutputStream {
        private ByteBuf out = Unpooled.EMPTY_BUFFER;

        @Override
        public void write(int octet) {
            out.writeByte(octet);
        }

        @Override
        public void write(byte[] array, int offset, int length) {
            out.writeBytes(array, offset, length);
        }
    }
}
