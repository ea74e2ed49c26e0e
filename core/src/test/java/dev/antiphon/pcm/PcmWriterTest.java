package dev.antiphon.pcm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.pcm.PcmWriter.ClearReason;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class PcmWriterTest {
    private final PcmWriter writer = new PcmWriter(PooledByteBufAllocator.DEFAULT);

    @Test
    void eachMessageStandsOnTheWireAsTheProtocolSays() {
        assertThat(text(writer.ready(
                        "sess_1", new PcmSettings.Sound(AudioFormat.pcm16(16_000), AudioFormat.MULAW_8KHZ, 400))))
                .isEqualTo("{\"type\":\"ready\",\"session\":\"sess_1\",\"in\":{\"encoding\":\"s16le\",\"rate\":16000},"
                        + "\"out\":{\"encoding\":\"ulaw\",\"rate\":8000}}");
        assertThat(text(writer.speech(true, 120))).isEqualTo("{\"type\":\"speech\",\"state\":\"start\",\"ms\":120}");
        assertThat(text(writer.speech(false, 1_020))).isEqualTo("{\"type\":\"speech\",\"state\":\"stop\",\"ms\":1020}");
        assertThat(text(writer.partialTranscript("item_1", "Good")))
                .isEqualTo("{\"type\":\"partial\",\"item\":\"item_1\",\"text\":\"Good\"}");
        assertThat(text(writer.finalTranscript("item_1", "Good day.")))
                .isEqualTo("{\"type\":\"final\",\"item\":\"item_1\",\"text\":\"Good day.\"}");
        assertThat(text(writer.replyStart("item_2")))
                .isEqualTo("{\"type\":\"reply\",\"state\":\"start\",\"item\":\"item_2\"}");
        assertThat(text(writer.replyEnd("item_2", 2_340)))
                .isEqualTo("{\"type\":\"reply\",\"state\":\"end\",\"item\":\"item_2\",\"ms\":2340}");
        assertThat(text(writer.replyText("item_2", "Hello")))
                .isEqualTo("{\"type\":\"text\",\"item\":\"item_2\",\"delta\":\"Hello\"}");
        assertThat(text(writer.mark("item_2"))).isEqualTo("{\"type\":\"mark\",\"mark\":\"item_2\"}");
        assertThat(text(writer.clear("item_2", ClearReason.BARGE_IN)))
                .isEqualTo("{\"type\":\"clear\",\"item\":\"item_2\",\"reason\":\"barge-in\"}");
        assertThat(text(writer.clear("item_2", ClearReason.CANCEL)))
                .isEqualTo("{\"type\":\"clear\",\"item\":\"item_2\",\"reason\":\"cancel\"}");
        assertThat(text(writer.error("bad_audio", "audio: 3 bytes", false)))
                .isEqualTo("{\"type\":\"error\",\"code\":\"bad_audio\",\"message\":\"audio: 3 bytes\",\"fatal\":false}");
        assertThat(text(writer.pong(null))).isEqualTo("{\"type\":\"pong\"}");
        assertThat(text(writer.pong("1.50e3"))).isEqualTo("{\"type\":\"pong\",\"t\":1.50e3}");
        assertThat(text(writer.bye("stop"))).isEqualTo("{\"type\":\"bye\",\"reason\":\"stop\"}");
    }

    @Test
    void wordsAreEscapedAndHaveAUtf8Form() {
        assertThat(text(writer.replyText("i\"1", "\u00e4\n\ud83d\ude00\ud83d")))
                .isEqualTo("{\"type\":\"text\",\"item\":\"i\\\"1\",\"delta\":\"\u00e4\\n\ud83d\ude00?\"}");
    }

    private static String text(ByteBuf message) {
        try {
            return message.toString(StandardCharsets.UTF_8);
        } finally {
            message.release();
        }
    }
}
