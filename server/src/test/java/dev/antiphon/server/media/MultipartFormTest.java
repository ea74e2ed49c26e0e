package dev.antiphon.server.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.server.media.MultipartFault.Reason;
import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class MultipartFormTest {
    private static final String TYPE = "multipart/form-data; boundary=b0und-ary";

    /** CRLF, boundaries that are none, all bytes: what content may hold. */
    private static final byte[] FILE = file();

    private static byte[] file() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes("\r\n--b0und-ar\r\r\n\r\n--b0und\r\n-\r\r\n--".getBytes(StandardCharsets.US_ASCII));
        for (int value = 0; value < 256; value++) bytes.write(value);
        bytes.writeBytes("--b0und-ary--\r\n--b0und-ar".getBytes(StandardCharsets.US_ASCII));
        return bytes.toByteArray();
    }

    private static byte[] body(String... parts) {
        StringBuilder body = new StringBuilder();
        for (String part : parts) body.append("--b0und-ary\r\n").append(part).append("\r\n");
        return body.append("--b0und-ary--\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String field(String name, String value) {
        return "Content-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value;
    }

    /** What the form says, in one string; or the fault. */
    private static String read(String contentType, int maxFileBytes, Consumer<Consumer<ByteBuf>> feeding) {
        try (MultipartForm.Reader reader = new MultipartForm.Reader(contentType, maxFileBytes)) {
            feeding.accept(piece -> {
                reader.feed(piece);
                piece.skipBytes(piece.readableBytes());
            });
            try (MultipartForm form = reader.end()) {
                return form.fields() + (form.hasFile() ? fileOf(form) : "");
            }
        } catch (MultipartFault fault) {
            return fault.httpStatus() + " " + fault.getMessage();
        }
    }

    private static String fileOf(MultipartForm form) {
        ByteBuf file = form.takeFile();
        try {
            return " " + form.fileField() + " '" + form.filename() + "' '" + form.fileContentType() + "' "
                    + ByteBufUtil.hexDump(file);
        } finally {
            file.release();
        }
    }

    private static String read(byte[] body) {
        return read(TYPE, 1_000, feed -> Cuts.whole(body, Cuts.Memory.HEAP, feed));
    }

    @Test
    void aFormIsTheSameWhateverTheCuts() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("preamble\r\n--b0und-ary \t\r\n".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes((field("model", "whisper-1") + "\r\n--b0und-ary\r\ncontent-disposition: form-data;"
                        + " name=\"file\"; filename=\"a b.webm\"\r\nContent-Type: audio/webm;codecs=opus\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(FILE);
        out.writeBytes(("\r\n--b0und-ary\r\n" + field("prompt", "größer\r\n\r\nals — 𝄞") + "\r\n--b0und-ary\r\n"
                        + field("empty", "") + "\r\n--b0und-ary--\r\nepilogue")
                .getBytes(StandardCharsets.UTF_8));
        byte[] body = out.toByteArray();
        String expected = "{model=[whisper-1], prompt=[größer\r\n\r\nals — 𝄞], empty=[]} file 'a b.webm'"
                + " 'audio/webm;codecs=opus' " + HexFormat.of().formatHex(FILE);

        for (Cuts.Memory memory : Cuts.Memory.values()) {
            assertThat(read(TYPE, 1_000, feed -> Cuts.whole(body, memory, feed)))
                    .isEqualTo(expected);
            assertThat(read(TYPE, 1_000, feed -> Cuts.byteByByte(body, memory, feed)))
                    .isEqualTo(expected);
        }
        for (int cut = 1; cut < body.length; cut++) {
            int at = cut;
            assertThat(read(TYPE, 1_000, feed -> Cuts.at(at, body, Cuts.Memory.HEAP, feed)))
                    .as("cut at %d", at)
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "form-data; name=\"file\"; filename=\"x.wav\"|x.wav",
                "form-data; name=file; filename=x.wav|x.wav",
                "form-data;name=file;filename=x.wav;|x.wav",
                "FORM-DATA; NAME=\"file\" ; FileName = \"x;y=.wav\"|x;y=.wav",
                "form-data; name=\"file\"; filename=\"a\\\"b\\\\c.wav\"|a\"b\\c.wav",
                "form-data; name=\"file\"; filename=\"C:\\tmp\\x.wav\"|C:\\tmp\\x.wav",
                "form-data; name=\"file\"; filename*=utf-8''na%C3%AFve%20x.wav|naïve x.wav",
                "form-data; name=\"file\"; filename=\"plain.wav\"; filename*=UTF-8'en'n%C3%A9.wav|né.wav",
                "form-data; name=\"file\"; filename=\"naïve.wav\"|naïve.wav",
                "form-data; name=\"file\"; filename=\"\"|``",
                "form-data; name=\"file\"|``",
            })
    void filesAreNamedInManyWays(String disposition, String filename) {
        assertThat(read(body("Content-Disposition: " + disposition + "\r\n\r\nRIFF")))
                .isEqualTo("{} file '" + filename + "' '' 52494646");
    }

    @Test
    void arraysAreFieldsOfSeveralValues() {
        assertThat(read(body(
                        field("timestamp_granularities[]", "word"),
                        field("include[0]", "logprobs"),
                        field("timestamp_granularities[]", "segment"),
                        field("chunking_strategy[type]", "server_vad"))))
                .isEqualTo("{timestamp_granularities=[word, segment], include=[logprobs],"
                        + " chunking_strategy[type]=[server_vad]}");
    }

    @Test
    void theLastOfSeveralValuesCounts() {
        byte[] body = body(field("model", "a"), field("model", "b"));
        try (MultipartForm.Reader reader = new MultipartForm.Reader(TYPE, 10)) {
            Cuts.whole(body, Cuts.Memory.HEAP, piece -> {
                reader.feed(piece);
                piece.skipBytes(piece.readableBytes());
            });
            MultipartForm form = reader.end();
            assertThat(form.value("model")).isEqualTo("b");
            assertThat(form.values("model")).containsExactly("a", "b");
            assertThat(form.value("voice")).isNull();
            assertThat(form.hasFile()).isFalse();
        }
    }

    @Test
    void textIsReadInTheCharsetItDeclares() {
        byte[] body = new String(
                        body(
                                "Content-Disposition: form-data; name=prompt\r\n"
                                        + "Content-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nné"),
                        StandardCharsets.UTF_8)
                .getBytes(StandardCharsets.ISO_8859_1);

        assertThat(read(body)).isEqualTo("{prompt=[né]}");
    }

    @Test
    void aFileThatNobodyTookIsReleased() {
        byte[] body = body("Content-Disposition: form-data; name=file; filename=x\r\n\r\nRIFF");
        try (MultipartForm.Reader reader = new MultipartForm.Reader(TYPE, 10)) {
            Cuts.whole(body, Cuts.Memory.DIRECT, piece -> {
                reader.feed(piece);
                piece.skipBytes(piece.readableBytes());
            });
            reader.end().close();
        }
        // and one that never ended, by closing the reader: NoBufferLeaks looks
        assertThat(read(java.util.Arrays.copyOf(body, body.length - 30))).startsWith("400 form: ended early");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "multipart/form-data; boundary=\"b0und-ary\"",
                "Multipart/Form-Data;BOUNDARY=b0und-ary",
                "multipart/form-data; charset=utf-8; boundary=b0und-ary",
            })
    void theBoundaryIsInTheContentType(String contentType) {
        assertThat(read(contentType, 10, feed -> Cuts.whole(body(field("a", "b")), Cuts.Memory.HEAP, feed)))
                .isEqualTo("{a=[b]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "multipart/form-data",
                "multipart/form-data; boundary=",
                "multipart/form-data; boundary=\"a\nb\"",
                "multipart/form-data; boundary=a; boundary=b",
                "multipart/mixed; boundary=b0und-ary",
                "multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            })
    void withoutABoundaryItIsNoForm(String contentType) {
        assertThatThrownBy(() -> new MultipartForm.Reader(contentType, 10))
                .isInstanceOfSatisfying(
                        MultipartFault.class,
                        fault -> assertThat(fault.reason()).isEqualTo(Reason.MALFORMED));
    }

    @Nested
    class Limits {
        @Test
        void aFileMayBeAsLongAsThat() {
            byte[] body = body("Content-Disposition: form-data; name=file; filename=x\r\n\r\n" + "x".repeat(100));
            assertThat(read(TYPE, 100, feed -> Cuts.whole(body, Cuts.Memory.HEAP, feed)))
                    .startsWith("{} file");
            assertThat(read(TYPE, 99, feed -> Cuts.whole(body, Cuts.Memory.HEAP, feed)))
                    .isEqualTo("413 file: more than 99 bytes (expected: at most 99)");
        }

        @Test
        void theFirstByteTooManyIsRefusedBeforeTheRestComes() {
            byte[] begun = ("--b0und-ary\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\n"
                            + "x".repeat(100))
                    .getBytes(StandardCharsets.US_ASCII);
            assertThat(read(TYPE, 99, feed -> Cuts.byteByByte(begun, Cuts.Memory.HEAP, feed)))
                    .isEqualTo("413 file: more than 99 bytes (expected: at most 99)");
        }

        @Test
        void theUsualLimitIs20Mebibytes() {
            assertThat(MultipartForm.MAX_FILE_BYTES).isEqualTo(20 * 1024 * 1024);
        }

        @Test
        void aFieldMayHave64Kibibytes() {
            assertThat(read(body(field("prompt", "x".repeat(65_536))))).startsWith("{prompt=[xxx");
            assertThat(read(body(field("prompt", "x".repeat(65_537)))))
                    .isEqualTo("413 field: more than 65536 bytes (expected: at most 65536)");
        }

        @Test
        void thereMayBe32FieldsAndAFile() {
            String[] parts = new String[33];
            java.util.Arrays.setAll(parts, i -> field("f" + i, "v"));
            assertThat(read(body(parts))).startsWith("{f0=[v]");
            String[] more = new String[34];
            java.util.Arrays.setAll(more, i -> field("f" + i, "v"));
            assertThat(read(body(more))).isEqualTo("413 parts: more than 33 (expected: at most 33)");
        }

        @Test
        void headersMayHave8Kibibytes() {
            assertThat(read(body("X-Long: " + "x".repeat(9_000) + "\r\n" + field("a", "b"))))
                    .isEqualTo("413 headers: more than 8192 bytes (expected: at most 8192)");
        }

        @Test
        void nothingLongStandsOutsideTheParts() {
            assertThat(read("x".repeat(9_000).getBytes(StandardCharsets.US_ASCII)))
                    .isEqualTo("413 bytes outside the parts: more than 8192 bytes (expected: at most 8192)");
            byte[] body = (new String(body(field("a", "b")), StandardCharsets.US_ASCII) + "x".repeat(9_000))
                    .getBytes(StandardCharsets.US_ASCII);
            assertThat(read(body)).startsWith("413 bytes outside the parts");
        }
    }

    @Nested
    class Malformed {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Content-Disposition: form-data\r\n\r\nx",
                    "Content-Disposition: attachment; name=a\r\n\r\nx",
                    "Content-Type: text/plain\r\n\r\nx",
                    "no colon\r\nContent-Disposition: form-data; name=a\r\n\r\nx",
                    "Content-Disposition: form-data; name=\"a\r\n\r\nx",
                    "Content-Disposition: form-data; name=\"a\"b\r\n\r\nx",
                    "Content-Disposition: form-data; name\r\n\r\nx",
                    "Content-Disposition: form-data; name=a; name=b\r\n\r\nx",
                    "Content-Disposition: form-data; name=a; filename*=utf-16''x\r\n\r\nx",
                    "Content-Disposition: form-data; name=a; filename*=utf-8''%C3\r\n\r\nx",
                    "Content-Disposition: form-data; name=a; filename*=utf-8''%C\r\n\r\nx",
                    "Content-Disposition: form-data; name=a; filename*=x\r\n\r\nx",
                    "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\nx",
                    "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\neA==",
                })
        void aPart(String part) {
            assertThat(read(body(part))).startsWith("400 ");
        }

        @Test
        void textThatIsNotWhatItDeclares() {
            byte[] body =
                    new String(body(field("a", "né")), StandardCharsets.UTF_8).getBytes(StandardCharsets.ISO_8859_1);
            assertThat(read(body)).isEqualTo("400 text: not UTF-8 (expected: the charset that is declared)");
        }

        @Test
        void twoFiles() {
            String file = "Content-Disposition: form-data; name=file; filename=x\r\n\r\nx";
            assertThat(read(body(file, file))).isEqualTo("400 files: more than one (expected: one)");
        }

        @Test
        void aBoundaryThatGoesOn() {
            byte[] body = "--b0und-ary2\r\n\r\n\r\n--b0und-ary--".getBytes(StandardCharsets.US_ASCII);
            assertThat(read(body)).isEqualTo("400 boundary: something else after it (expected: CRLF or --)");
        }

        @Test
        void noEnd() {
            byte[] body = body(field("a", "b"));
            for (int bytes = 0; bytes < body.length - 2; bytes++) {
                assertThat(read(java.util.Arrays.copyOf(body, bytes)))
                        .as("%d bytes", bytes)
                        .startsWith("400 form: ended early");
            }
            assertThat(read(java.util.Arrays.copyOf(body, body.length - 2))).isEqualTo("{a=[b]}");
        }

        @Test
        void faultsNameNothingOfTheForm() {
            assertThat(List.of(
                            read(body(field("secret", "x".repeat(70_000)))),
                            read(body("secret\r\n\r\nx")),
                            read(body("Content-Disposition: form-data; name=a; secret\r\n\r\nx"))))
                    .noneMatch(fault -> fault.contains("secret"));
        }
    }
}
