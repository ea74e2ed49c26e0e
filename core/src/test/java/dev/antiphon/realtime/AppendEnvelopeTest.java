package dev.antiphon.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A reader that has heard audio before tells exactly what one tells that has not, whatever comes: the remembered envelope
 * spares work and decides nothing.
 */
@ExtendWith(NoBufferLeaks.class)
class AppendEnvelopeTest {
    private static final SessionSettings PCM = SessionSettings.defaults("gpt-realtime", "alloy");
    private static final SessionSettings TELEPHONE =
            PCM.withInput(new SessionSettings.Input(AudioFormat.MULAW_8KHZ, null));

    /** As clients write it: %s is base64, ID an event_id. */
    private static final List<String> SHAPES = List.of(
            "{\"type\":\"input_audio_buffer.append\",\"audio\":\"%s\"}",
            "{\"audio\":\"%s\",\"type\":\"input_audio_buffer.append\"}",
            "{\"event_id\":\"ID\",\"type\":\"input_audio_buffer.append\",\"audio\":\"%s\"}",
            "{\"type\": \"input_audio_buffer.append\", \"audio\": \"%s\", \"event_id\": \"ID\"}",
            "{\"type\":\"input_audio_buffer.append\",\"event_id\":\"ID\",\"audio\":\"%s\",\"x\":[1,{\"event_id\":2}]}",
            " {\"audio\":\"%s\" , \"event_id\":\"ID\" , \"type\":\"input_audio_buffer.append\" } ",
            "{\"event_id\":null,\"audio\":\"%s\",\"type\":\"input_audio_buffer.append\"}",
            "{\"event_id\":\"\",\"audio\":\"%s\",\"typ\\u0065\":\"input_audio_buffer.append\"}");

    private static final String[] IDS = {
        "e",
        "event_0123456789",
        "",
        "a b{}[]:,",
        "\\\"",
        "\\u0041",
        "é",
        "\\ud800",
        "\u007f",
        "x".repeat(512),
        "x".repeat(513),
        "\",\"audio\":\"",
        "\\",
        "\n"
    };
    private static final String[] PIECES = {
        "\"",
        "\\",
        "\\\"",
        "\\/",
        ",",
        "{",
        "}",
        "\"audio\":\"\"",
        ",\"audio\":\"AAAA\"",
        ",\"event_id\":\"z\"",
        "\"event_id\":7,",
        "\"type\":\"input_audio_buffer.commit\",",
        ",\"type\":\"session.update\"",
        "=",
        "==",
        "A",
        "AAAA",
        " ",
        "\n",
        "é",
        "\u0000",
        "null",
        "7"
    };

    @Test
    void whateverComesAReaderThatRemembersTellsTheSame() {
        Random random = new Random(11);
        int again = 0;
        for (int round = 0; round < 400; round++) {
            ClientEventReader remembering = new ClientEventReader(Dialect.GA);
            String shape = SHAPES.get(random.nextInt(SHAPES.size()));
            for (int i = 0; i < 60; i++) {
                if (random.nextInt(40) == 0) shape = SHAPES.get(random.nextInt(SHAPES.size()));
                byte[] event = event(shape, random);
                if (random.nextInt(3) == 0) event = mutated(event, random);
                SessionSettings settings = random.nextInt(20) == 0 ? TELEPHONE : PCM;
                List<Object> told = told(remembering, event, settings);
                assertThat(told)
                        .as(() -> "told of an event that may be remembered")
                        .isEqualTo(told(new ClientEventReader(Dialect.GA), event, settings));
                if (!told.isEmpty() && told.get(0) instanceof String text && text.startsWith("audio")) again++;
            }
        }
        assertThat(again).as("events that were legal audio").isGreaterThan(10_000);
    }

    @Test
    void everyBitThatFallsOverIsToldOfTheSame() {
        for (String shape : SHAPES) {
            byte[] event = shape.replace("ID", "e17").formatted("AAECAwQF").getBytes(StandardCharsets.UTF_8);
            ClientEventReader remembering = new ClientEventReader(Dialect.GA);
            for (int bit = 0; bit < event.length * 8; bit++) {
                told(remembering, event, PCM);
                byte[] broken = event.clone();
                broken[bit / 8] ^= (byte) (1 << (bit % 8));
                assertThat(told(remembering, broken, PCM))
                        .isEqualTo(told(new ClientEventReader(Dialect.GA), broken, PCM));
            }
        }
    }

    @Test
    void everyCutOfAnEventIsToldOfTheSame() {
        for (String shape : SHAPES) {
            byte[] event = shape.replace("ID", "e17").formatted("AAECAwQF").getBytes(StandardCharsets.UTF_8);
            ClientEventReader remembering = new ClientEventReader(Dialect.GA);
            for (int from = 0; from < event.length; from++) {
                for (int to = from; to <= event.length; to++) {
                    told(remembering, event, PCM);
                    byte[] without = new byte[event.length - (to - from)];
                    System.arraycopy(event, 0, without, 0, from);
                    System.arraycopy(event, to, without, from, event.length - to);
                    assertThat(told(remembering, without, PCM))
                            .isEqualTo(told(new ClientEventReader(Dialect.GA), without, PCM));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 4, 5, 6, 7})
    void aFaultOfTheSessionNamesTheEventThatIsMeantNow(int shape) {
        ClientEventReader reader = new ClientEventReader(Dialect.GA);
        for (String id : new String[] {"first", "the second", "3"}) {
            ByteBuf text = Unpooled.copiedBuffer(
                    SHAPES.get(shape).replace("ID", id).formatted("AAAA"), StandardCharsets.UTF_8);
            String expected = SHAPES.get(shape).contains("ID") ? id : shape == 7 ? "" : null;
            ClientEvents full = new Recorder(true);
            assertThatThrownBy(() -> reader.read(text, TELEPHONE, full))
                    .isInstanceOfSatisfying(
                            ClientFault.class,
                            fault -> assertThat(fault.eventId()).isEqualTo(expected));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void audioInTheEnvelopeOfTheLastAllocatesNothing(int shape) {
        String audio = Base64.getEncoder().encodeToString(new byte[960]);
        ByteBuf text = Unpooled.copiedBuffer(
                SHAPES.get(shape).replace("ID", "event_0123456789").formatted(audio), StandardCharsets.UTF_8);
        ClientEventReader reader = new ClientEventReader(Dialect.GA);
        ClientEvents deaf = new ClientEvents() {
            @Override
            public void onAudio(ByteBuf pcm) {}

            @Override
            public void onCommand(ClientCommand command) {}

            @Override
            public void onDialect(Dialect dialect) {}
        };
        assertThat(Allocation.bytesOfManyCalls(() -> reader.read(text, PCM, deaf)))
                .isZero();
    }

    @Test
    void audioThatSomebodyKeepsIsNotWrittenOver() {
        ClientEventReader reader = new ClientEventReader(Dialect.GA);
        List<ByteBuf> kept = new ArrayList<>();
        Recorder keeping = new Recorder(false) {
            @Override
            public void onAudio(ByteBuf pcm) {
                kept.add(pcm.retainedSlice());
            }
        };
        for (String audio : new String[] {"AAAA", "AQEB", "AgIC"}) {
            reader.read(
                    Unpooled.copiedBuffer(SHAPES.get(0).formatted(audio), StandardCharsets.UTF_8), TELEPHONE, keeping);
        }
        assertThat(kept).extracting(pcm -> pcm.getByte(2)).containsExactly((byte) 0, (byte) 1, (byte) 2);
        kept.forEach(ByteBuf::release);
    }

    private static byte[] event(String shape, Random random) {
        byte[] pcm = new byte[random.nextInt(4) == 0 ? random.nextInt(2000) : 2 * random.nextInt(500)];
        random.nextBytes(pcm);
        String audio = Base64.getEncoder().encodeToString(pcm);
        if (random.nextInt(6) == 0) audio = audio.replace("=", "");
        if (random.nextInt(12) == 0) audio = audio.replace("/", "\\/");
        String id = random.nextInt(3) > 0 ? "event_" + random.nextInt(2000) : IDS[random.nextInt(IDS.length)];
        return shape.replace("ID", id).replace("%s", audio).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] mutated(byte[] event, Random random) {
        // Near the ends, where the structure is.
        int at = random.nextBoolean()
                ? random.nextInt(Math.min(90, event.length))
                : event.length - 1 - random.nextInt(Math.min(90, event.length));
        byte[] piece = PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8);
        int replaced = random.nextInt(3) == 0 ? Math.min(piece.length, event.length - at) : 0;
        byte[] mutated = new byte[event.length - replaced + piece.length];
        System.arraycopy(event, 0, mutated, 0, at);
        System.arraycopy(piece, 0, mutated, at, piece.length);
        System.arraycopy(event, at + replaced, mutated, at + piece.length, event.length - at - replaced);
        return mutated;
    }

    /** What was told, faults and all, in words that can be compared. */
    private static List<Object> told(ClientEventReader reader, byte[] event, SessionSettings settings) {
        Recorder recorder = new Recorder(false);
        // Behind other bytes and in front of others, as in the buffer of a socket.
        ByteBuf text = Unpooled.buffer()
                .writeByte('"')
                .writeBytes(event)
                .writeByte('"')
                .slice(1, event.length);
        try {
            reader.read(text, settings, recorder);
        } catch (ClientFault fault) {
            recorder.told.add(
                    "fault " + fault.code() + " " + fault.param() + " " + fault.eventId() + " " + fault.sentence());
        }
        assertThat(text.readableBytes()).isEqualTo(event.length);
        return recorder.told;
    }

    private static class Recorder implements ClientEvents {
        final List<Object> told = new ArrayList<>();
        private final boolean isFull;

        Recorder(boolean isFull) {
            this.isFull = isFull;
        }

        @Override
        public void onAudio(ByteBuf audio) {
            if (isFull) throw new ClientFault("full", "No more.", null, null);
            byte[] bytes = new byte[audio.readableBytes()];
            audio.getBytes(audio.readerIndex(), bytes);
            told.add("audio " + Arrays.toString(bytes));
        }

        @Override
        public void onCommand(ClientCommand command) {
            told.add(command);
        }

        @Override
        public void onDialect(Dialect dialect) {
            told.add(dialect);
        }
    }
}
