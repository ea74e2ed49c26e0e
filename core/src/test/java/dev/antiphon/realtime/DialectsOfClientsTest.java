package dev.antiphon.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.SessionSettings.TurnDetection;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import dev.antiphon.turn.Eagerness;
import dev.antiphon.turn.TurnSettings;
import dev.antiphon.upstream.ToolChoice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients of the beta send, clients that do not say that they are, and audio that is not PCM16. */
@ExtendWith(NoBufferLeaks.class)
class DialectsOfClientsTest {
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;
    private static final SessionSettings CURRENT = SessionSettings.defaults("gpt-realtime", "alloy");
    private static final SessionSettings TRANSCRIBING =
            CURRENT.withOutput(new SessionSettings.Output(Modality.NONE, AudioFormat.PCM16_24KHZ, "alloy", 1));

    private final RecordingClientEvents events = new RecordingClientEvents();

    @AfterEach
    void everyEventIsAccountedFor() {
        assertThat(events.take()).isEmpty();
    }

    @Test
    void theFlatSessionOfTheBetaIsReadWhole() {
        SessionSettings settings = updateOfBeta("{\"modalities\":[\"text\"],\"instructions\":\"Sing.\","
                + "\"voice\":\"sage\",\"input_audio_format\":\"g711_ulaw\",\"output_audio_format\":\"g711_alaw\","
                + "\"input_audio_transcription\":{\"model\":\"whisper-1\"},"
                + "\"input_audio_noise_reduction\":{\"type\":\"near_field\"},"
                + "\"turn_detection\":{\"type\":\"semantic_vad\",\"eagerness\":\"high\"},"
                + "\"tools\":[],\"tool_choice\":\"required\",\"temperature\":0.6,"
                + "\"max_response_output_tokens\":7,\"speed\":1.5,\"tracing\":null,\"include\":null}");
        assertThat(settings.instructions()).isEqualTo("Sing.");
        assertThat(settings.input())
                .isEqualTo(new SessionSettings.Input(
                        AudioFormat.MULAW_8KHZ,
                        new TurnDetection(TurnSettings.semantic(Eagerness.HIGH), true, true),
                        new SessionSettings.Transcription("whisper-1", null, null),
                        "near_field"));
        assertThat(settings.output())
                .isEqualTo(new SessionSettings.Output(Modality.TEXT, AudioFormat.ALAW_8KHZ, "sage", 1.5));
        assertThat(settings.tools().choice()).isEqualTo(ToolChoice.REQUIRED);
        assertThat(settings.generation()).isEqualTo(new SessionSettings.Generation(7, 0.6));
    }

    @Test
    void onlyPresentKeysOfTheBetaChange() {
        SessionSettings rich = updateOfBeta("{\"input_audio_transcription\":{\"model\":\"w\"},\"speed\":1.25}");
        assertThat(updateOf(rich, Dialect.BETA, "{}")).isEqualTo(rich);
        assertThat(updateOf(rich, Dialect.BETA, "{\"voice\":null,\"modalities\":null,\"input_audio_format\":null}"))
                .isEqualTo(rich);
        SessionSettings cleared = updateOf(
                rich, Dialect.BETA, "{\"turn_detection\":null,\"input_audio_transcription\":null,\"speed\":1}");
        assertThat(cleared).isEqualTo(CURRENT.withInput(new SessionSettings.Input(AudioFormat.PCM16_24KHZ, null)));
    }

    @Test
    void keysOfGaAreUnderstoodInTheBeta() {
        assertThat(updateOfBeta("{\"type\":\"realtime\",\"output_modalities\":[\"text\"],"
                                + "\"audio\":{\"output\":{\"voice\":\"cedar\"}}}")
                        .output())
                .isEqualTo(new SessionSettings.Output(Modality.TEXT, AudioFormat.PCM16_24KHZ, "cedar", 1));
    }

    @Test
    void bothModalitiesOfTheBetaAreSpeech() {
        assertThat(updateOfBeta("{\"modalities\":[\"text\",\"audio\"]}")
                        .output()
                        .modality())
                .isEqualTo(Modality.AUDIO);
    }

    @Test
    void theTranscriptionSessionOfTheBeta() {
        ClientEventReader reader = new ClientEventReader(Dialect.BETA);
        read(
                reader,
                TRANSCRIBING,
                "{\"type\":\"transcription_session.update\",\"session\":{\"input_audio_format\":"
                        + "\"pcm16\",\"input_audio_transcription\":{\"model\":\"gpt-4o-transcribe\",\"prompt\":\"\","
                        + "\"language\":\"\"},\"turn_detection\":{\"type\":\"server_vad\",\"threshold\":0.25,"
                        + "\"prefix_padding_ms\":300,\"silence_duration_ms\":500}}}");
        assertThat(settingsTaken())
                .isEqualTo(TRANSCRIBING.withInput(new SessionSettings.Input(
                        AudioFormat.PCM16_24KHZ,
                        new TurnDetection(new TurnSettings(0.25f, 300, 500), true, true),
                        new SessionSettings.Transcription("gpt-4o-transcribe", null, null),
                        null)));
        assertThat(updateOf(TRANSCRIBING, Dialect.BETA, "{\"modalities\":[\"audio\"],\"turn_detection\":null}"))
                .isEqualTo(TRANSCRIBING.withInput(new SessionSettings.Input(AudioFormat.PCM16_24KHZ, null)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"modalities\":[\"text\"]}",
                "{\"tools\":[],\"voice\":\"sage\"}",
                "{\"input_audio_format\":\"pcm16\"}",
                "{\"output_audio_format\":\"pcm16\"}",
                "{\"x\":{\"type\":\"realtime\"},\"voice\":null}"
            })
    void aFirstUpdateThatIsFlatAndHasNoTypeShowsTheBeta(String session) {
        ClientEventReader reader = new ClientEventReader(Dialect.GA);
        read(reader, CURRENT, "{\"session\":" + session + ",\"type\":\"session.update\"}");
        List<Object> taken = events.take();
        assertThat(taken).hasSize(2).first().isEqualTo(Dialect.BETA);
        assertThat(taken.get(1)).isInstanceOf(ClientCommand.SessionUpdate.class);
        // From then on it is one, and it is said once.
        read(reader, CURRENT, update("{\"instructions\":\"Sing.\"}"));
        assertThat(settingsTaken()).isEqualTo(CURRENT.withInstructions("Sing."));
        read(reader, CURRENT, update("{\"voice\":\"sage\"}"));
        assertThat(events.take()).hasSize(1);
    }

    @Test
    void aFirstUpdateThatIsFlatAndWrongShowsTheBetaAllTheSame() {
        ClientEventReader reader = new ClientEventReader(Dialect.GA);
        assertThat(fault(reader, update("{\"voice\":7}")).param()).isEqualTo("session.voice");
        assertThat(events.take()).containsExactly(Dialect.BETA);
        read(reader, CURRENT, update("{}"));
        assertThat(settingsTaken()).isEqualTo(CURRENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\":\"realtime\",\"voice\":\"sage\"}", "{\"type\":\"realtime\"}"})
    void anUpdateWithATypeIsOfGaForGood(String first) {
        ClientEventReader reader = new ClientEventReader(Dialect.GA);
        read(reader, CURRENT, update(first));
        assertThat(events.take()).hasSize(1).doesNotContain(Dialect.BETA);
        assertThat(fault(reader, update("{\"voice\":\"sage\"}")).param()).isEqualTo("session.type");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"audio\":{\"output\":{\"voice\":\"sage\"}}}", "[]", "\"voice\"", "null"})
    void anUpdateWithoutTypeAndWithoutKeysOfTheBetaIsAFaultOfGa(String first) {
        ClientEventReader reader = new ClientEventReader(Dialect.GA);
        fault(reader, update(first));
        assertThat(fault(reader, update("{\"voice\":\"sage\"}")).param()).isEqualTo("session.type");
    }

    @Test
    void otherEventsDoNotShowTheDialect() {
        ClientEventReader reader = new ClientEventReader(Dialect.GA);
        read(
                reader,
                CURRENT,
                "{\"type\":\"response.create\",\"response\":{\"modalities\":[\"text\"],\"voice\":\"a\"}}");
        assertThat(events.take()).hasSize(1).doesNotContain(Dialect.BETA);
        read(reader, CURRENT, update("{\"voice\":\"sage\"}"));
        assertThat(events.take()).contains(Dialect.BETA);
    }

    @Test
    void anUpdateOfATranscriptionSessionShowsTheBeta() {
        ClientEventReader reader = new ClientEventReader(Dialect.GA);
        read(reader, TRANSCRIBING, "{\"type\":\"transcription_session.update\",\"session\":{}}");
        assertThat(events.take()).containsExactly(Dialect.BETA, new ClientCommand.SessionUpdate(null, TRANSCRIBING));
    }

    @ParameterizedTest
    @EnumSource(value = AudioFormat.Encoding.class, names = "PCM16", mode = EnumSource.Mode.EXCLUDE)
    void telephoneAudioIsHandedOnAsItIsOfAnyLength(AudioFormat.Encoding law) {
        SessionSettings settings =
                CURRENT.withInput(new SessionSettings.Input(new AudioFormat(law, 8_000), TurnDetection.DEFAULT));
        List<String> audio = new ArrayList<>();
        ClientEvents out = new ClientEvents() {
            @Override
            public void onAudio(ByteBuf codes) {
                audio.add(ByteBufUtil.hexDump(codes));
            }

            @Override
            public void onCommand(ClientCommand command) {
                throw new AssertionError(command);
            }

            @Override
            public void onDialect(Dialect dialect) {
                throw new AssertionError(dialect);
            }
        };
        ByteBuf text = ALLOCATOR.buffer();
        try {
            text.writeCharSequence(
                    "{\"type\":\"input_audio_buffer.append\",\"audio\":\"AQL/\"}", StandardCharsets.UTF_8);
            new ClientEventReader(Dialect.GA).read(text, settings, out);
        } finally {
            text.release();
        }
        assertThat(audio).containsExactly("0102ff");
    }

    @Test
    void telephoneAudioOfAnItemBecomesPcm() {
        SessionSettings settings =
                CURRENT.withInput(new SessionSettings.Input(AudioFormat.MULAW_8KHZ, TurnDetection.DEFAULT));
        ClientEventReader reader = new ClientEventReader(Dialect.GA);
        // ff is silence, 80 and 00 are the loudest of either sign (G.711, table 2).
        read(
                reader,
                settings,
                "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\","
                        + "\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"audio\":\"/4AA\"}]}}");
        Item item = ((ClientCommand.ItemCreate) events.take().get(0)).item();
        assertThat(((Item.Message) item).content())
                .containsExactly(new ContentPart.InputAudio(
                        AudioClip.of(8_000, new byte[] {0, 0, 0x7c, 0x7d, (byte) 0x84, (byte) 0x82}), null));
    }

    @Test
    void everyExampleOfABetaClientIsRead() throws IOException {
        List<Path> examples = SharedFiles.requireAll("fixtures/realtime-examples/openapi-beta", ".json").stream()
                .filter(file -> file.getFileName().toString().startsWith("client."))
                .toList();
        assertThat(examples).hasSizeGreaterThan(10);
        for (Path example : examples) {
            String name = example.getFileName().toString();
            SessionSettings current = name.contains("transcription_session") ? TRANSCRIBING : CURRENT;
            read(new ClientEventReader(Dialect.BETA), current, Files.readString(example));
            assertThat(events.take()).as(name).hasSize(name.contains("output_audio_buffer") ? 0 : 1);
        }
    }

    private SessionSettings updateOfBeta(String session) {
        return updateOf(CURRENT, Dialect.BETA, session);
    }

    private SessionSettings updateOf(SessionSettings current, Dialect dialect, String session) {
        read(new ClientEventReader(dialect), current, update(session));
        return settingsTaken();
    }

    private SessionSettings settingsTaken() {
        List<Object> taken = events.take();
        assertThat(taken).hasSize(1);
        return ((ClientCommand.SessionUpdate) taken.get(0)).settings();
    }

    private static String update(String session) {
        return "{\"type\":\"session.update\",\"session\":" + session + "}";
    }

    private ClientFault fault(ClientEventReader reader, String event) {
        ClientFault fault = catchThrowableOfType(ClientFault.class, () -> read(reader, CURRENT, event));
        assertThat(fault).as(event).isNotNull();
        return fault;
    }

    private void read(ClientEventReader reader, SessionSettings current, String event) {
        ByteBuf text = ALLOCATOR.buffer();
        try {
            text.writeCharSequence(event, StandardCharsets.UTF_8);
            reader.read(text, current, events);
        } finally {
            text.release();
        }
    }
}
