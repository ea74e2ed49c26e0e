package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class FormRequestTest {
    @Test
    void theModelIsRenamedWhereItStandsAndNothingElseIs() {
        FormRequest request = new FormRequest(
                Endpoint.TRANSLATIONS,
                "mine",
                List.of(
                        new FormPart.Field("prompt", "mine"),
                        new FormPart.Field("model", "mine"),
                        new FormPart.Field("keywords[]", "a"),
                        new FormPart.Field("keywords[]", "b"),
                        FormPart.File.of("audio.mp3", "audio/mpeg", new byte[] {1, 2})));
        String body = written(request);
        String boundary = body.substring(2, body.indexOf('\r'));
        assertThat(body)
                .isEqualTo(field(boundary, "prompt", "mine") + field(boundary, "model", "theirs")
                        + field(boundary, "keywords[]", "a") + field(boundary, "keywords[]", "b") + "--" + boundary
                        + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"audio.mp3\"\r\n"
                        + "Content-Type: audio/mpeg\r\n\r\n\u0001\u0002\r\n--" + boundary + "--\r\n");
    }

    @Test
    void aNameFromOutsideStaysInItsQuotes() {
        FormRequest request =
                new FormRequest(Endpoint.TRANSCRIPTIONS, "m", List.of(new FormPart.Field("a\"\r\nEvil: yes", "v")));
        assertThat(written(request))
                .contains("name=\"a%22%0D%0AEvil: yes\"\r\n\r\nv\r\n")
                .doesNotContain("\r\nEvil");
    }

    @Test
    void itCanBeWrittenAgainForAnotherServer() {
        FormRequest request =
                new FormRequest(Endpoint.TRANSCRIPTIONS, "m", List.of(FormPart.File.of("a.mp3", "x/y", new byte[5])));
        assertThat(written(request).length()).isEqualTo(written(request).length());
    }

    private static String field(String boundary, String name, String value) {
        return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }

    private static String written(FormRequest request) {
        ByteBuf out = PooledByteBufAllocator.DEFAULT.buffer();
        try {
            assertThat(request.write("theirs", Dialect.OPENAI, out)).startsWith("multipart/form-data; boundary=");
            return out.toString(StandardCharsets.ISO_8859_1);
        } finally {
            out.release();
        }
    }
}
