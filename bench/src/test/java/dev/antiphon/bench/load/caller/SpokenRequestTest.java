package dev.antiphon.bench.load.caller;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class SpokenRequestTest {
    private static final CallerTarget TARGET = new CallerTarget(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), "127.0.0.1:1", "/v1/chat/completions", null);

    @ParameterizedTest
    @ValueSource(ints = {1, 99, 100, 101, 250})
    void theBodyIsAsLongAsItSaysAndHoldsTheVoiceFrameByFrame(int frames) {
        String body = body(frames);
        String from = "\"data\":\"";
        int start = body.indexOf(from) + from.length();
        byte[] pcm = Base64.getDecoder().decode(body.substring(start, body.indexOf('"', start)));
        assertThat(pcm).hasSize(frames * CallerSound.FRAME_BYTES);
        byte[] last = CallerSound.frame((frames - 1) % CallerSound.VOICE_FRAMES);
        assertThat(pcm).endsWith(last);
    }

    @Test
    void whoDidNotSpeakAsksInWriting() {
        assertThat(body(0)).contains("\"content\":\"What comes next?\"").doesNotContain("input_audio");
    }

    private static String body(int frames) {
        ByteBuf request = SpokenRequest.of(TARGET, frames);
        String text = request.toString(US_ASCII);
        request.release();
        int end = text.indexOf("\r\n\r\n") + 4;
        String length = text.substring(text.indexOf("Content-Length: ") + 16, end - 4);
        assertThat(text.length() - end).isEqualTo(Integer.parseInt(length));
        return text.substring(end);
    }
}
