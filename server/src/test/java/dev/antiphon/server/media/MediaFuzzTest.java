package dev.antiphon.server.media;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Any bytes at all, as a form or as a file of speech: they are read, or refused by a fault of ours. {@code mvn verify} runs
 * the corpus under {@code MediaFuzzTestInputs}; {@code .ci/fuzz} looks for more.
 */
class MediaFuzzTest {
    private static final int MAX_FILE_BYTES = 200;

    /** The content type, a line feed, the body. */
    @FuzzTest
    void multipart(byte[] request) {
        assertThat(form(request, 1)).isEqualTo(form(request, request.length + 1));
    }

    @FuzzTest
    void spokenFile(byte[] file) {
        try {
            long millis = SpokenFile.read(Unpooled.wrappedBuffer(file), 60, () -> false)
                    .millis();
            assertThat(millis).isLessThanOrEqualTo(60_000);
        } catch (UnreadableAudio expected) {
            assertThat(expected.sentence()).startsWith("file: ");
        }
    }

    private static String form(byte[] request, int pieceBytes) {
        int typeBytes = 0;
        while (typeBytes < request.length && request[typeBytes] != '\n') typeBytes++;
        String contentType = new String(request, 0, typeBytes, StandardCharsets.ISO_8859_1);
        try (MultipartForm.Reader reader = new MultipartForm.Reader(contentType, MAX_FILE_BYTES)) {
            for (int at = typeBytes + 1; at < request.length; at += pieceBytes) {
                reader.feed(Unpooled.wrappedBuffer(request, at, Math.min(pieceBytes, request.length - at)));
            }
            try (MultipartForm form = reader.end()) {
                return form.fields() + form.fileField() + form.filename() + form.fileContentType() + fileOf(form);
            }
        } catch (MultipartFault expected) {
            return expected.sentence();
        }
    }

    private static String fileOf(MultipartForm form) {
        if (!form.hasFile()) return "";
        ByteBuf file = form.takeFile();
        try {
            assertThat(file.readableBytes()).isLessThanOrEqualTo(MAX_FILE_BYTES);
            return ByteBufUtil.hexDump(file);
        } finally {
            file.release();
        }
    }
}
