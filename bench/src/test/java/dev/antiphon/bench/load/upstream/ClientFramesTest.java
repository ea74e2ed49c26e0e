package dev.antiphon.bench.load.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientFramesTest {
    private static final byte[] KEY = {1, -2, 3, 120};

    private final List<String> found = new ArrayList<>();
    private final ClientFrames frames = new ClientFrames();

    @Test
    void everySplitFindsTheBeginningsOfTheSameFrames() {
        String audio = "{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + "A".repeat(300) + "\"}";
        byte[] stream = stream("{\"type\":\"response.create\"}", "", audio, "{\"type\":\"response.cancel\"}");
        for (int cut = 0; cut <= stream.length; cut++) {
            found.clear();
            Cuts.at(cut, stream, Cuts.Memory.HEAP, piece -> frames.feed(piece, this::note));
            assertThat(found)
                    .as("cut at %d", cut)
                    .containsExactly(
                            "1 {\"type\":\"response.create\"}",
                            "1 ",
                            "1 " + audio.substring(0, ClientFrames.PREFIX_BYTES),
                            "1 {\"type\":\"response.cancel\"}");
        }
    }

    private void note(int opcode, byte[] prefix, int prefixBytes) {
        found.add(opcode + " " + new String(prefix, 0, prefixBytes, US_ASCII));
    }

    private static byte[] stream(String... texts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String text : texts) {
            byte[] payload = text.getBytes(US_ASCII);
            out.write(0x81);
            if (payload.length < 126) out.write(0x80 | payload.length);
            else {
                out.write(0x80 | 126);
                out.write(payload.length >> 8);
                out.write(payload.length);
            }
            out.writeBytes(KEY);
            for (int i = 0; i < payload.length; i++) out.write(payload[i] ^ KEY[i & 3]);
        }
        return out.toByteArray();
    }
}
