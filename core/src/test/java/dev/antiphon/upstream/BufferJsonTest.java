package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class BufferJsonTest {
    private final ByteBuf first = Unpooled.buffer();
    private final ByteBuf second = Unpooled.buffer();

    @AfterEach
    void release() {
        first.release();
        second.release();
    }

    @Test
    void eachDocumentIsInItsOwnBufferWithNothingAroundIt() throws IOException {
        write(first, "one");
        write(second, "two");

        assertThat(text(first)).isEqualTo("{\"text\":\"one\"}");
        assertThat(text(second)).isEqualTo("{\"text\":\"two\"}");
    }

    @Test
    void aDocumentIsAppendedToWhatTheBufferHolds() throws IOException {
        write(first, "one");
        write(first, "two");

        assertThat(text(first)).isEqualTo("{\"text\":\"one\"}{\"text\":\"two\"}");
    }

    @Test
    void aLongDocumentIsWhole() throws IOException {
        String text = "a long text ".repeat(10_000);
        write(first, text);
        write(second, "two");

        assertThat(text(first)).isEqualTo("{\"text\":\"" + text + "\"}");
        assertThat(text(second)).isEqualTo("{\"text\":\"two\"}");
    }

    @Test
    void whatADocumentLeftUnwrittenIsNotInTheNext() throws IOException {
        BufferJson left = BufferJson.open(first);
        left.generator().writeStartObject();
        left.generator().writeStringField("text", "left");
        write(second, "two");

        assertThat(text(first)).isEmpty();
        assertThat(text(second)).isEqualTo("{\"text\":\"two\"}");
    }

    @Test
    void aDocumentThatDoesNotFitIsNotInTheNext() throws IOException {
        ByteBuf small = Unpooled.buffer(4, 4);
        try {
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> write(small, "one"));
        } finally {
            small.release();
        }
        write(second, "two");

        assertThat(text(second)).isEqualTo("{\"text\":\"two\"}");
    }

    @Test
    void oneDocumentAfterAnotherIsWrittenByOneGenerator() throws IOException {
        BufferJson earlier = write(first, "one");

        assertThat(write(second, "two")).isSameAs(earlier);
    }

    @Test
    void eachThreadHasItsOwn() throws Exception {
        BufferJson ours = write(first, "one");
        AtomicReference<BufferJson> theirs = new AtomicReference<>();
        Thread other = new Thread(() -> {
            try {
                theirs.set(write(second, "two"));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        other.start();
        other.join();

        assertThat(theirs.get()).isNotNull().isNotSameAs(ours);
        assertThat(text(second)).isEqualTo("{\"text\":\"two\"}");
    }

    private static BufferJson write(ByteBuf out, String text) throws IOException {
        BufferJson json = BufferJson.open(out);
        json.generator().writeStartObject();
        json.generator().writeStringField("text", text);
        json.generator().writeEndObject();
        json.finish();
        return json;
    }

    private static String text(ByteBuf buffer) {
        return buffer.toString(StandardCharsets.UTF_8);
    }
}
