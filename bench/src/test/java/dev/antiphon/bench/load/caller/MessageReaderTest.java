package dev.antiphon.bench.load.caller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class MessageReaderTest {
    @Nested
    class Realtime {
        private final RealtimeReader reader = new RealtimeReader(Unpooled.wrappedBuffer(new byte[1_000]));

        @Test
        void soundIsFoundWhereverTheDeltaStands() {
            for (String event : List.of(
                    "{\"type\":\"response.output_audio.delta\",\"event_id\":\"event_7\",\"delta\":\"AQID\"}",
                    "{\"type\":\"response.output_audio.delta\",\"delta\":\"AQID\",\"item_id\":\"x\"}",
                    "{\"type\":\"response.output_audio.delta\",\"delta\":\"AQID\",\"output_index\":0}",
                    "{\"type\": \"response.output_audio.delta\", \"delta\": \"AQID\"}",
                    "{\"event_id\":\"e\",\"type\":\"response.output_audio.delta\",\"delta\":\"AQID\"}")) {
                assertThat(heard(reader, event)).as(event).containsExactly("sound [1, 2, 3]");
            }
        }

        @Test
        void paddedBase64IsRead() {
            assertThat(heard(reader, "{\"type\":\"response.output_audio.delta\",\"delta\":\"AQIDBA==\"}"))
                    .containsExactly("sound [1, 2, 3, 4]");
        }

        @Test
        void brokenBase64IsAFault() {
            assertThatThrownBy(() -> heard(reader, "{\"type\":\"response.output_audio.delta\",\"delta\":\"A*ID\"}"))
                    .isInstanceOf(IllegalArgumentException.class);
        }

        @Test
        void theEndOfAnAnswerSaysWhetherItFailed() {
            assertThat(heard(reader, "{\"type\":\"response.done\",\"response\":{\"status\":\"completed\"}}"))
                    .containsExactly("ended");
            assertThat(heard(reader, "{\"type\":\"response.done\",\"response\":{\"status\":\"failed\"}}"))
                    .containsExactly("failed");
        }

        @Test
        void turnsAreHeard() {
            assertThat(heard(reader, "{\"type\":\"input_audio_buffer.speech_started\",\"audio_start_ms\":12}"))
                    .containsExactly("started");
            assertThat(heard(reader, "{\"type\":\"input_audio_buffer.speech_stopped\",\"audio_end_ms\":1340}"))
                    .containsExactly("stopped at 1340");
        }

        @Test
        void whatDoesNotMatterIsPassedOver() {
            assertThat(heard(reader, "{\"type\":\"response.output_audio_transcript.delta\",\"delta\":\"AQID\"}"))
                    .isEmpty();
            assertThat(heard(reader, "{\"type\":\"response.output_audio.done\"}"))
                    .isEmpty();
            assertThat(heard(reader, "{}")).isEmpty();
            assertThat(heard(reader, "")).isEmpty();
        }
    }

    @Nested
    class Pcm {
        private final PcmReader reader = new PcmReader();

        @Test
        void binaryIsSound() {
            HeardAnswers heard = new HeardAnswers();
            reader.read(false, new byte[] {1, 2, 3, 4}, 2, 0, heard);
            assertThat(heard.events).containsExactly("sound [1, 2]");
        }

        @Test
        void turnsAndAnswersAreHeard() {
            assertThat(heard(reader, "{\"type\":\"speech\",\"state\":\"start\",\"ms\":100}"))
                    .containsExactly("started");
            assertThat(heard(reader, "{\"type\":\"speech\",\"state\":\"stop\",\"ms\":1340}"))
                    .containsExactly("stopped at 1340");
            assertThat(heard(reader, "{\"type\":\"reply\",\"state\":\"end\",\"item\":\"i\",\"ms\":5}"))
                    .containsExactly("ended");
            assertThat(heard(reader, "{\"type\":\"clear\",\"item\":\"i\",\"reason\":\"barge-in\"}"))
                    .containsExactly("ended");
            assertThat(heard(reader, "{\"type\":\"error\",\"code\":\"x\"}")).containsExactly("error");
        }

        @Test
        void whatDoesNotMatterIsPassedOver() {
            assertThat(heard(reader, "{\"type\":\"reply\",\"state\":\"start\",\"item\":\"i\"}"))
                    .isEmpty();
            assertThat(heard(reader, "{\"type\":\"text\",\"delta\":\"start\"}")).isEmpty();
        }
    }

    private static List<String> heard(MessageReader reader, String event) {
        HeardAnswers heard = new HeardAnswers();
        byte[] payload = (event + "rest of the workbench\"}").getBytes(UTF_8);
        reader.read(true, payload, event.getBytes(UTF_8).length, 0, heard);
        return heard.events;
    }
}
