package dev.antiphon.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.ResponseContext;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.SessionSettings.TurnDetection;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import dev.antiphon.turn.Eagerness;
import dev.antiphon.turn.TurnSettings;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class ClientEventReaderTest {
    private static final SessionSettings CURRENT =
            SessionSettings.defaults("gpt-realtime", "alloy").withInstructions("Be brief.");
    private static final SessionSettings TRANSCRIBING = CURRENT.withOutput(new SessionSettings.Output(
            Modality.NONE, CURRENT.output().format(), CURRENT.output().voice(), 1));
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

    private final ClientEventReader reader = new ClientEventReader(Dialect.GA);
    private final RecordingClientEvents events = new RecordingClientEvents();

    @AfterEach
    void everyEventIsAccountedFor() {
        assertThat(events.take()).isEmpty();
    }

    @Nested
    class Append {
        @Test
        void audioIsDecoded() {
            byte[] pcm = pcm(960);
            assertThat(read(append(pcm))).isEqualTo(AudioClip.of(24_000, pcm));
        }

        @ParameterizedTest
        @ValueSource(ints = {2, 4, 6, 382, 384, 386, 4094, 4096, 4098, 100_002})
        void everyLengthOfAudioIsDecodedFromHeapAndFromDirectMemory(int bytes) {
            byte[] pcm = pcm(bytes);
            assertThat(read(append(pcm))).isEqualTo(AudioClip.of(24_000, pcm));
            ByteBuf text = ALLOCATOR.directBuffer().writeZero(7).skipBytes(7);
            assertThat(readFrom(text, append(pcm))).isEqualTo(AudioClip.of(24_000, pcm));
            text = ALLOCATOR.heapBuffer().writeZero(7).skipBytes(7);
            assertThat(readFrom(text, append(pcm))).isEqualTo(AudioClip.of(24_000, pcm));
        }

        @Test
        void keysComeInAnyOrderEvenTheTypeBehindAMegabyteOfAudio() {
            byte[] pcm = pcm(1 << 20);
            String base64 = Base64.getEncoder().encodeToString(pcm);
            assertThat(read("{ \"audio\" : \"" + base64 + "\" , \"x\":[{}],\"type\":\"input_audio_buffer.append\"}"))
                    .isEqualTo(AudioClip.of(24_000, pcm));
            assertThat(read("{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + base64 + "\"\n}"))
                    .isEqualTo(AudioClip.of(24_000, pcm));
        }

        @Test
        void slashesMayBeEscaped() {
            byte[] pcm = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff};
            assertThat(Base64.getEncoder().encodeToString(pcm)).isEqualTo("/////w==");
            assertThat(read("{\"type\":\"input_audio_buffer.append\",\"audio\":\"\\/\\/\\u002f//w==\"}"))
                    .isEqualTo(AudioClip.of(24_000, pcm));
        }

        @Test
        void paddingMayBeLeftOut() {
            assertThat(read("{\"type\":\"input_audio_buffer.append\",\"audio\":\"/////w\"}"))
                    .isEqualTo(AudioClip.of(24_000, new byte[] {-1, -1, -1, -1}));
        }

        @Test
        void noAudioIsNoEvent() {
            readAll("{\"type\":\"input_audio_buffer.append\",\"audio\":\"\"}");
            assertThat(events.take()).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"????", "AA AA", "AAAA\\n", "A", "AAAAA", "=", "A===", "\\ud800AAA", "é"})
        void whatIsNotBase64IsAnInvalidValue(String base64) {
            ClientFault fault =
                    fault("{\"audio\":\"" + base64 + "\",\"event_id\":\"e1\",\"type\":\"input_audio_buffer.append\"}");
            assertThat(fault.code()).isEqualTo("invalid_value");
            assertThat(fault.param()).isEqualTo("audio");
            assertThat(fault.eventId()).isEqualTo("e1");
        }

        @Test
        void halfASampleIsAnInvalidValue() {
            ClientFault fault = fault(append(new byte[3]));
            assertThat(fault.code()).isEqualTo("invalid_value");
            assertThat(fault.sentence()).isEqualTo("audio: 3 bytes (expected: a multiple of 2, PCM16 little-endian)");
        }

        @Test
        void aFaultOfTheSessionGetsTheEventsId() {
            ByteBuf text = ALLOCATOR.buffer();
            text.writeCharSequence(
                    "{\"event_id\":\"e7\",\"type\":\"input_audio_buffer.append\",\"audio\":\"AAA=\"}",
                    StandardCharsets.UTF_8);
            ClientEvents refusing = new ClientEvents() {
                @Override
                public void onAudio(ByteBuf pcm) {
                    throw new ClientFault("full", "No more.", null, null);
                }

                @Override
                public void onCommand(ClientCommand command) {}

                @Override
                public void onDialect(Dialect dialect) {}
            };
            ClientFault fault = catchThrowableOfType(ClientFault.class, () -> reader.read(text, CURRENT, refusing));
            text.release();
            assertThat(fault.code()).isEqualTo("full");
            assertThat(fault.eventId()).isEqualTo("e7");
        }
    }

    @Nested
    class Envelope {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " ",
                    "{",
                    "}",
                    "null",
                    "[]",
                    "\"x\"",
                    "{\"type\":\"response.create\"",
                    "{\"type\":\"response.create\"} {}",
                    "{\"type\":\"response.create\"}x",
                    "{\"type\":\"response.create\",}",
                    "{\"type\":\"response.create\",\"type\":\"response.create\"}",
                    "{\"type\":\"response.create\",\"response\":{\"a\":1,\"a\":2}}",
                    "{'type':'response.create'}",
                    "{\"type\":\"response.create\",\"x\":NaN}",
                    "{\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAA",
                    "\uFEFF{\"type\":\"response.create\"}",
                    "{\u0000\"\u0000a\u0000\"\u0000:\u0000}\u0000"
                })
        void whatIsNotExactlyOneJsonObjectIsInvalidJson(String text) {
            assertThat(fault(text).code()).isEqualTo("invalid_json");
        }

        @Test
        void deepJsonIsInvalidJson() {
            String deep = "[".repeat(100_000);
            assertThat(fault("{\"type\":\"response.create\",\"x\":" + deep).code())
                    .isEqualTo("invalid_json");
            String closed = "[".repeat(65) + "]".repeat(65);
            assertThat(fault("{\"event_id\":\"e\",\"type\":\"response.create\",\"x\":" + closed + "}")
                            .eventId())
                    .isEqualTo("e");
        }

        @Test
        void longStringsAreRead() {
            String text = "x".repeat(1 << 20);
            assertThat(((ClientCommand.ResponseCreate) read(
                                    "{\"type\":\"response.create\",\"response\":{\"instructions\":\"" + text + "\"}}"))
                            .settings()
                            .instructions())
                    .isEqualTo(text);
        }

        @Test
        void stringsBeyondTheLimitAreRefused() {
            String text = "x".repeat(EventBytes.MAX_STRING_CHARS + 1);
            assertThat(fault("{\"type\":\"response.create\",\"response\":{\"instructions\":\"" + text + "\"}}")
                            .code())
                    .isEqualTo("invalid_json");
        }

        @ParameterizedTest
        @ValueSource(strings = {"{}", "{\"type\":null}", "{\"event_id\":\"e\"}"})
        void anEventWithoutATypeIsInvalid(String text) {
            ClientFault fault = fault(text);
            assertThat(fault.code()).isEqualTo("invalid_event");
            assertThat(fault.sentence()).isEqualTo("The 'type' field is missing.");
        }

        @Test
        void anUnknownTypeIsAnsweredWithTheKnownOnes() {
            ClientFault fault = fault("{\"event_id\":\"e9\",\"type\":\"response.pause\"}");
            assertThat(fault.code()).isEqualTo("invalid_value");
            assertThat(fault.param()).isEqualTo("type");
            assertThat(fault.eventId()).isEqualTo("e9");
            assertThat(fault.sentence())
                    .startsWith("Invalid value: 'response.pause'. Supported values are: 'session.update', ")
                    .endsWith("'response.cancel'.");
        }

        @Test
        void theEventIdIsFoundWhereverItStands() {
            assertThat(fault("{\"type\":\"session.update\",\"session\":{},\"event_id\":\"late\"}")
                            .eventId())
                    .isEqualTo("late");
            assertThat(((ClientCommand.InputAudioCommit)
                                    read("{\"type\":\"input_audio_buffer.commit\",\"event_id\":\"late\"}"))
                            .eventId())
                    .isEqualTo("late");
        }

        @Test
        void anEventIdIsAStringOfAtMost512Characters() {
            assertThat(fault("{\"type\":\"response.create\",\"event_id\":7}").code())
                    .isEqualTo("invalid_type");
            ClientFault fault = fault("{\"type\":\"response.create\",\"event_id\":\"" + "x".repeat(513) + "\"}");
            assertThat(fault.code()).isEqualTo("string_above_max_length");
            assertThat(fault.eventId()).isNull();
            read("{\"type\":\"response.create\",\"event_id\":\"" + "x".repeat(512) + "\"}");
        }

        @Test
        void halfASurrogatePairIsReplaced() {
            assertThat(((ClientCommand.InputAudioCommit) read(
                                    "{\"type\":\"input_audio_buffer.commit\",\"event_id\":\"\\ud800x\\ud83d\\ude00\"}"))
                            .eventId())
                    .isEqualTo("\uFFFDx\uD83D\uDE00");
        }

        @Test
        void bufferEventsBecomeCommands() {
            assertThat(read("{\"type\":\"input_audio_buffer.commit\"}"))
                    .isEqualTo(new ClientCommand.InputAudioCommit(null));
            assertThat(read("{\"type\":\"input_audio_buffer.clear\",\"event_id\":\"c\"}"))
                    .isEqualTo(new ClientCommand.InputAudioClear("c"));
            readAll("{\"type\":\"output_audio_buffer.clear\"}");
            assertThat(events.take()).isEmpty();
        }
    }

    @Nested
    class SessionUpdate {
        @Test
        void onlyPresentKeysChange() {
            assertThat(update("{\"type\":\"realtime\"}")).isEqualTo(CURRENT);
            assertThat(update("{\"type\":\"realtime\",\"instructions\":\"Sing.\"}"))
                    .isEqualTo(CURRENT.withInstructions("Sing."));
            assertThat(update("{\"type\":\"realtime\",\"instructions\":\"\"}")).isEqualTo(CURRENT.withInstructions(""));
        }

        @Test
        void nestedObjectsMergeDeeply() {
            SessionSettings settings = update("{\"type\":\"realtime\",\"audio\":{\"output\":{\"speed\":1.25},"
                    + "\"input\":{\"turn_detection\":{\"silence_duration_ms\":700,\"interrupt_response\":false}}}}");
            assertThat(settings.output())
                    .isEqualTo(new SessionSettings.Output(
                            Modality.AUDIO, CURRENT.output().format(), "alloy", 1.25));
            assertThat(settings.input().turnDetection())
                    .isEqualTo(new TurnDetection(new TurnSettings(0.5f, 300, 700), true, false));
        }

        @Test
        void everyFieldOfServerVadIsRead() {
            assertThat(turnDetection("{\"silence_duration_ms\":400,\"threshold\":0.25,\"prefix_padding_ms\":100,"
                            + "\"create_response\":false,\"interrupt_response\":false,\"idle_timeout_ms\":null,"
                            + "\"type\":\"server_vad\"}"))
                    .isEqualTo(new TurnDetection(new TurnSettings(0.25f, 100, 400), false, false));
        }

        @Test
        void nullClearsTurnDetectionAndAnObjectBringsItBack() {
            assertThat(turnDetection("null")).isNull();
            SessionSettings pushToTalk =
                    CURRENT.withInput(new SessionSettings.Input(CURRENT.input().format(), null));
            assertThat(updateOf(pushToTalk, vad("{\"type\":\"server_vad\"}"))
                            .input()
                            .turnDetection())
                    .isEqualTo(TurnDetection.DEFAULT);
            assertThat(updateOf(pushToTalk, "{\"type\":\"realtime\",\"audio\":{\"input\":{}}}"))
                    .isEqualTo(pushToTalk);
        }

        @Test
        void semanticVadHasAnEagerness() {
            assertThat(turnDetection("{\"eagerness\":\"low\",\"type\":\"semantic_vad\",\"interrupt_response\":false}"))
                    .isEqualTo(new TurnDetection(TurnSettings.semantic(Eagerness.LOW), true, false));
            assertThat(turnDetection("{\"type\":\"semantic_vad\",\"eagerness\":\"high\",\"threshold\":0.9}"))
                    .isEqualTo(new TurnDetection(TurnSettings.semantic(Eagerness.HIGH), true, true));
            for (String medium : List.of("", ",\"eagerness\":\"auto\"", ",\"eagerness\":\"medium\"")) {
                assertThat(turnDetection("{\"type\":\"semantic_vad\"" + medium + "}"))
                        .isEqualTo(new TurnDetection(TurnSettings.semantic(Eagerness.MEDIUM), true, true));
            }
        }

        @Test
        void anotherTypeOfTurnDetectionBeginsWithItsDefaults() {
            SessionSettings eager =
                    update(vad("{\"type\":\"semantic_vad\",\"eagerness\":\"high\",\"create_response\":false}"));
            assertThat(updateOf(eager, vad("{\"type\":\"semantic_vad\",\"interrupt_response\":false}"))
                            .input()
                            .turnDetection())
                    .isEqualTo(new TurnDetection(TurnSettings.semantic(Eagerness.HIGH), false, false));
            assertThat(updateOf(eager, vad("{\"eagerness\":\"low\"}")).input().turnDetection())
                    .isEqualTo(new TurnDetection(TurnSettings.semantic(Eagerness.LOW), false, true));
            assertThat(updateOf(eager, vad("{\"type\":\"server_vad\",\"silence_duration_ms\":900}"))
                            .input()
                            .turnDetection())
                    .isEqualTo(new TurnDetection(new TurnSettings(0.5f, 300, 900), true, true));
            SessionSettings idle = update(vad("{\"threshold\":0.9,\"idle_timeout_ms\":6000}"));
            assertThat(updateOf(idle, vad("{\"type\":\"semantic_vad\"}"))
                            .input()
                            .turnDetection())
                    .isEqualTo(new TurnDetection(TurnSettings.semantic(Eagerness.MEDIUM), true, true));
            assertThat(turnDetection("{\"type\":\"none\"}")).isNull();
        }

        @Test
        void theIdleTimeoutStaysUntilANullClearsIt() {
            SessionSettings idle = update(vad("{\"idle_timeout_ms\":5000}"));
            assertThat(idle.input().turnDetection())
                    .isEqualTo(new TurnDetection(TurnSettings.DEFAULT, true, true, 5000));
            assertThat(updateOf(idle, vad("{\"create_response\":true}"))).isEqualTo(idle);
            assertThat(updateOf(idle, vad("{\"idle_timeout_ms\":null}"))).isEqualTo(CURRENT);
        }

        @Test
        void transcriptionIsMergedAndClearedAndEmptyTextIsNone() {
            SessionSettings heard = update(input("\"transcription\":{\"prompt\":\"words\",\"language\":\"en\","
                    + "\"model\":\"whisper-1\"},\"noise_reduction\":{\"type\":\"far_field\"}"));
            assertThat(heard.input().transcription())
                    .isEqualTo(new SessionSettings.Transcription("whisper-1", "en", "words"));
            assertThat(heard.input().noiseReduction()).isEqualTo("far_field");
            assertThat(heard.input().turnDetection()).isEqualTo(TurnDetection.DEFAULT);
            assertThat(updateOf(heard, input("\"transcription\":{\"language\":\"de\",\"prompt\":\"\"}"))
                            .input()
                            .transcription())
                    .isEqualTo(new SessionSettings.Transcription("whisper-1", "de", null));
            assertThat(updateOf(heard, input("\"transcription\":{\"language\":null}"))
                            .input()
                            .transcription())
                    .isEqualTo(new SessionSettings.Transcription("whisper-1", null, "words"));
            assertThat(updateOf(heard, input("\"transcription\":{\"prompt\":\"other\"}"))
                            .input()
                            .transcription())
                    .isEqualTo(new SessionSettings.Transcription("whisper-1", "en", "other"));
            assertThat(updateOf(heard, input("\"turn_detection\":{}"))).isEqualTo(heard);
            assertThat(updateOf(heard, input("\"noise_reduction\":null,\"transcription\":null")))
                    .isEqualTo(CURRENT);
        }

        @ParameterizedTest
        @CsvSource({"audio/pcm, PCM16, 24000", "audio/pcmu, MULAW, 8000", "audio/pcma, ALAW, 8000"})
        void formatsOfBothDirectionsAreChosen(String type, AudioFormat.Encoding encoding, int sampleRateHz) {
            AudioFormat format = new AudioFormat(encoding, sampleRateHz);
            String json = "{\"rate\":" + sampleRateHz + ",\"type\":\"" + type + "\"}";
            SessionSettings settings = update("{\"type\":\"realtime\",\"audio\":{\"input\":{\"format\":" + json
                    + "},\"output\":{\"format\":{\"type\":\"" + type + "\"}}}}");
            assertThat(settings.input().format()).isEqualTo(format);
            assertThat(settings.output().format()).isEqualTo(format);
            assertThat(settings.input().turnDetection()).isEqualTo(TurnDetection.DEFAULT);
            assertThat(settings.output().voice()).isEqualTo("alloy");
        }

        @Test
        void theBoundsOfAnAnswerAreKeptApart() {
            SessionSettings settings = update("{\"type\":\"realtime\",\"temperature\":0.7,\"max_output_tokens\":9,"
                    + "\"reasoning\":{\"effort\":\"high\"},\"truncation\":{\"type\":\"retention_ratio\","
                    + "\"retention_ratio\":0.5,\"token_limits\":{\"post_instructions\":1}}}");
            assertThat(settings.generation())
                    .isEqualTo(
                            new SessionSettings.Generation(9, 0.7, "high", new SessionSettings.Truncation(true, 0.5)));
            assertThat(updateOf(settings, "{\"type\":\"realtime\",\"reasoning\":{}}"))
                    .isEqualTo(settings);
            assertThat(updateOf(settings, "{\"type\":\"realtime\",\"truncation\":{\"type\":\"retention_ratio\"}}"))
                    .isEqualTo(settings);
            assertThat(updateOf(settings, "{\"type\":\"realtime\",\"truncation\":\"disabled\"}")
                            .generation())
                    .isEqualTo(new SessionSettings.Generation(9, 0.7, "high", SessionSettings.Truncation.DISABLED));
            assertThat(updateOf(settings, "{\"type\":\"realtime\",\"truncation\":\"auto\"}")
                            .generation()
                            .truncation())
                    .isEqualTo(SessionSettings.Truncation.AUTO);
        }

        @Test
        void aTranscriptionSessionHasInputOnlyAndStaysOne() {
            SessionSettings settings = updateOf(
                    TRANSCRIBING,
                    "{\"type\":\"transcription\",\"instructions\":7,\"output_modalities\":[\"audio\"],\"voice\":{},"
                            + "\"model\":\"whisper-1\",\"include\":[\"item.input_audio_transcription.logprobs\"],"
                            + "\"audio\":{\"output\":{\"voice\":7},\"input\":{\"transcription\":"
                            + "{\"model\":\"whisper-1\"},\"format\":{\"type\":\"audio/pcmu\"}}}}");
            assertThat(settings)
                    .isEqualTo(TRANSCRIBING.withInput(new SessionSettings.Input(
                            AudioFormat.MULAW_8KHZ,
                            TurnDetection.DEFAULT,
                            new SessionSettings.Transcription("whisper-1", null, null),
                            null)));
            ClientFault fault =
                    catchThrowableOfType(ClientFault.class, () -> updateOf(TRANSCRIBING, "{\"type\":\"realtime\"}"));
            assertThat(fault.code()).isEqualTo("invalid_value");
            assertThat(fault.param()).isEqualTo("session.type");
        }

        @Test
        void whatCouldNotBeRepeatedInOneFrameIsRefused() {
            String half = "x".repeat(500_000);
            SessionSettings long1 = update("{\"type\":\"realtime\",\"instructions\":\"" + half + "\"}");
            assertThat(long1.instructions()).hasSize(500_000);
            ClientFault fault = catchThrowableOfType(
                    ClientFault.class,
                    () -> updateOf(
                            long1,
                            "{\"type\":\"realtime\",\"tools\":[{\"type\":\"function\",\"name\":\"f\","
                                    + "\"description\":\"" + half + "\"}]}"));
            assertThat(fault.code()).isEqualTo("string_above_max_length");
            assertThat(fault.param()).isEqualTo("session");
        }

        @Test
        void nullsForUnsetKeysChangeNothing() {
            assertThat(update("{\"type\":\"realtime\",\"instructions\":null,\"tools\":null,\"tool_choice\":null,"
                            + "\"max_output_tokens\":null,\"model\":null,\"output_modalities\":null,\"tracing\":null,"
                            + "\"audio\":{\"output\":null,\"input\":{\"format\":null,\"transcription\":null,"
                            + "\"noise_reduction\":null}},\"prompt\":null,\"truncation\":null,\"include\":null}"))
                    .isEqualTo(CURRENT);
        }

        @Test
        void whatAgentsSendIsAcceptedWhole() {
            SessionSettings settings = update(
                    "{\"type\":\"realtime\",\"model\":\"gpt-realtime\",\"tracing\":\"auto\","
                            + "\"output_modalities\":[\"audio\"],\"truncation\":{\"type\":\"retention_ratio\"},"
                            + "\"prompt\":{\"id\":\"p\"},\"include\":[\"x\"],\"reasoning\":{\"effort\":\"low\"},"
                            + "\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000},"
                            + "\"transcription\":{\"model\":\"gpt-4o-mini-transcribe\"},"
                            + "\"noise_reduction\":{\"type\":\"near_field\"},\"turn_detection\":{\"type\":\"semantic_vad\"}},"
                            + "\"output\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000},\"voice\":\"marin\",\"speed\":1}}}");
            assertThat(settings.output().voice()).isEqualTo("marin");
        }

        @Test
        void toolsKeepTheirSchemaAsItWasWritten() {
            SessionSettings settings = update("{\"type\":\"realtime\",\"tools\":[{\"parameters\":{\"type\": \"object\","
                    + "\"properties\":{\"q\":{\"type\":\"string\",\"description\":\"é\\n\"}}},\"name\":\"find\","
                    + "\"type\":\"function\"},{\"type\":\"function\",\"name\":\"stop\",\"description\":\"Stops.\"}],"
                    + "\"tool_choice\":{\"type\":\"function\",\"name\":\"find\"},\"parallel_tool_calls\":false}");
            assertThat(settings.tools())
                    .isEqualTo(new ChatRequest.Tools(
                            List.of(
                                    new ToolDefinition(
                                            "find",
                                            null,
                                            "{\"type\": \"object\",\"properties\":{\"q\":{\"type\":\"string\","
                                                    + "\"description\":\"é\\n\"}}}"),
                                    new ToolDefinition("stop", "Stops.", null)),
                            ToolChoice.function("find"),
                            false));
        }

        @Test
        void outputIsChosen() {
            assertThat(update("{\"type\":\"realtime\",\"output_modalities\":[\"text\"]}")
                            .output()
                            .modality())
                    .isEqualTo(Modality.TEXT);
            assertThat(update("{\"type\":\"realtime\",\"output_modalities\":[\"text\",\"audio\"]}")
                            .output()
                            .modality())
                    .isEqualTo(Modality.AUDIO);
            assertThat(update("{\"type\":\"realtime\",\"audio\":{\"output\":{\"voice\":{\"id\":\"v_1\"}}}}")
                            .output()
                            .voice())
                    .isEqualTo("v_1");
            assertThat(update("{\"type\":\"realtime\",\"max_output_tokens\":100}")
                            .generation()
                            .maxOutputTokens())
                    .isEqualTo(100);
            assertThat(updateOf(
                                    update("{\"type\":\"realtime\",\"max_output_tokens\":100}"),
                                    "{\"type\":\"realtime\",\"max_output_tokens\":\"inf\"}")
                            .generation()
                            .maxOutputTokens())
                    .isNull();
            assertThat(update("{\"type\":\"realtime\",\"tool_choice\":\"required\"}")
                            .tools()
                            .choice())
                    .isEqualTo(ToolChoice.REQUIRED);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    "{} | missing_required_parameter | session.type",
                    "{\"type\":\"transcription\"} | invalid_value | session.type",
                    "{\"type\":\"other\"} | invalid_value | session.type",
                    "{\"type\":1} | invalid_type | session.type",
                    "[] | invalid_type | session",
                    "\"x\" | invalid_type | session",
                    "{\"type\":\"realtime\",\"model\":\"other\"} | invalid_value | session.model",
                    "{\"type\":\"realtime\",\"instructions\":7} | invalid_type | session.instructions",
                    "{\"type\":\"realtime\",\"output_modalities\":\"audio\"} | invalid_type | session.output_modalities",
                    "{\"type\":\"realtime\",\"output_modalities\":[]} | invalid_value | session.output_modalities",
                    "{\"type\":\"realtime\",\"output_modalities\":[\"x\"]} | invalid_value | session.output_modalities",
                    "{\"type\":\"realtime\",\"max_output_tokens\":0} | invalid_value | session.max_output_tokens",
                    "{\"type\":\"realtime\",\"max_output_tokens\":99999999999999999999} | invalid_value | session.max_output_tokens",
                    "{\"type\":\"realtime\",\"max_output_tokens\":1.5} | invalid_type | session.max_output_tokens",
                    "{\"type\":\"realtime\",\"max_output_tokens\":\"all\"} | invalid_value | session.max_output_tokens",
                    "{\"type\":\"realtime\",\"tools\":{}} | invalid_type | session.tools",
                    "{\"type\":\"realtime\",\"tools\":[1]} | invalid_type | session.tools[0]",
                    "{\"type\":\"realtime\",\"tools\":[{\"type\":\"function\"}]} | missing_required_parameter | session.tools[0].name",
                    "{\"type\":\"realtime\",\"tools\":[{\"type\":\"mcp\"}]} | invalid_value | session.tools[0].type",
                    "{\"type\":\"realtime\",\"tools\":[{\"type\":\"function\",\"name\":\"a\",\"parameters\":[]}]} | invalid_type | session.tools[0].parameters",
                    "{\"type\":\"realtime\",\"tool_choice\":\"maybe\"} | invalid_value | session.tool_choice",
                    "{\"type\":\"realtime\",\"tool_choice\":{\"type\":\"function\"}} | missing_required_parameter | session.tool_choice.name",
                    "{\"type\":\"realtime\",\"parallel_tool_calls\":1} | invalid_type | session.parallel_tool_calls",
                    "{\"type\":\"realtime\",\"audio\":[]} | invalid_type | session.audio",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"format\":\"pcm16\"}}} | invalid_type | session.audio.input.format",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"format\":{\"type\":\"audio/opus\"}}}} | invalid_value | session.audio.input.format.type",
                    "{\"type\":\"realtime\",\"audio\":{\"output\":{\"format\":{\"rate\":24000}}}} | missing_required_parameter | session.audio.output.format.type",
                    "{\"type\":\"realtime\",\"audio\":{\"output\":{\"format\":{\"type\":\"audio/pcma\",\"rate\":24000}}}} | invalid_value | session.audio.output.format.rate",
                    "{\"type\":\"realtime\",\"input_audio_format\":{\"type\":\"audio/pcm\"}} | invalid_type | session.input_audio_format",
                    "{\"type\":\"realtime\",\"output_audio_format\":\"pcm8\"} | invalid_value | session.output_audio_format",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"transcription\":{}}}} | missing_required_parameter | session.audio.input.transcription.model",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"transcription\":\"on\"}}} | invalid_type | session.audio.input.transcription",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"noise_reduction\":{}}}} | missing_required_parameter | session.audio.input.noise_reduction.type",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"noise_reduction\":{\"type\":\"x\"}}}} | invalid_value | session.audio.input.noise_reduction.type",
                    "{\"type\":\"realtime\",\"truncation\":\"x\"} | invalid_value | session.truncation",
                    "{\"type\":\"realtime\",\"truncation\":{\"retention_ratio\":0.5}} | missing_required_parameter | session.truncation.type",
                    "{\"type\":\"realtime\",\"truncation\":{\"type\":\"x\"}} | invalid_value | session.truncation.type",
                    "{\"type\":\"realtime\",\"truncation\":{\"type\":\"retention_ratio\",\"retention_ratio\":1.1}} | invalid_value | session.truncation.retention_ratio",
                    "{\"type\":\"realtime\",\"truncation\":7} | invalid_type | session.truncation",
                    "{\"type\":\"realtime\",\"reasoning\":\"low\"} | invalid_type | session.reasoning",
                    "{\"type\":\"realtime\",\"reasoning\":{\"effort\":\"x\"}} | invalid_value | session.reasoning.effort",
                    "{\"type\":\"realtime\",\"temperature\":2.5} | invalid_value | session.temperature",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":{\"idle_timeout_ms\":4999}}}} | invalid_value | session.audio.input.turn_detection.idle_timeout_ms",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":{\"idle_timeout_ms\":30001}}}} | invalid_value | session.audio.input.turn_detection.idle_timeout_ms",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":{\"type\":\"semantic_vad\",\"eagerness\":\"x\"}}}} | invalid_value | session.audio.input.turn_detection.eagerness",
                    "{\"type\":\"realtime\",\"audio\":{\"output\":{\"speed\":0.2}}} | invalid_value | session.audio.output.speed",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":8000}}}} | invalid_value | session.audio.input.format.rate",
                    "{\"type\":\"realtime\",\"audio\":{\"output\":{\"speed\":1.6}}} | invalid_value | session.audio.output.speed",
                    "{\"type\":\"realtime\",\"audio\":{\"output\":{\"speed\":\"1\"}}} | invalid_type | session.audio.output.speed",
                    "{\"type\":\"realtime\",\"audio\":{\"output\":{\"voice\":{}}}} | missing_required_parameter | session.audio.output.voice.id",
                    "{\"type\":\"realtime\",\"audio\":{\"output\":{\"voice\":\"\"}}} | invalid_value | session.audio.output.voice",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":\"none\"}}} | invalid_type | session.audio.input.turn_detection",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":{\"type\":\"x\"}}}} | invalid_value | session.audio.input.turn_detection.type",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":{\"threshold\":2}}}} | invalid_value | session.audio.input.turn_detection.threshold",
                    "{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":{\"silence_duration_ms\":1}}}} | invalid_value | session.audio.input.turn_detection"
                })
        void aBadSessionIsRefusedWithThePath(String session, String code, String param) {
            ClientFault fault = fault("{\"event_id\":\"e\",\"type\":\"session.update\",\"session\":" + session + "}");
            assertThat(fault.code()).isEqualTo(code);
            assertThat(fault.param()).isEqualTo(param);
            assertThat(fault.eventId()).isEqualTo("e");
        }

        @Test
        void theSentencesAreTheProtocols() {
            assertThat(fault("{\"type\":\"session.update\",\"session\":{}}").sentence())
                    .isEqualTo("Missing required parameter: 'session.type'.");
            assertThat(fault("{\"type\":\"session.update\"}").sentence())
                    .isEqualTo("Missing required parameter: 'session'.");
            assertThat(fault("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":"
                                    + "{\"input\":{\"format\":\"pcm16\"}}}}")
                            .sentence())
                    .isEqualTo("Invalid type for 'session.audio.input.format': expected an object, but got a string"
                            + " instead.");
        }

        private SessionSettings update(String session) {
            return updateOf(CURRENT, session);
        }

        private @Nullable TurnDetection turnDetection(String detection) {
            return update(vad(detection)).input().turnDetection();
        }

        private static String input(String fields) {
            return "{\"type\":\"realtime\",\"audio\":{\"input\":{" + fields + "}}}";
        }

        private static String vad(String detection) {
            return "{\"type\":\"realtime\",\"audio\":{\"input\":{\"turn_detection\":" + detection + "}}}";
        }
    }

    @Nested
    class ResponseCreate {
        @Test
        void withoutAResponseItTakesTheSessionsSettings() {
            assertThat(read("{\"type\":\"response.create\"}"))
                    .isEqualTo(new ClientCommand.ResponseCreate(null, CURRENT, Map.of()));
            assertThat(read("{\"type\":\"response.create\",\"response\":null}"))
                    .isEqualTo(new ClientCommand.ResponseCreate(null, CURRENT, Map.of()));
        }

        @Test
        void whatIsPresentOverridesTheSession() {
            ClientCommand.ResponseCreate command = create(
                    "{\"instructions\":\"Sing.\",\"output_modalities\":[\"text\"],"
                            + "\"audio\":{\"output\":{\"voice\":\"cedar\"},\"input\":{\"turn_detection\":null}},"
                            + "\"tools\":[{\"type\":\"function\",\"name\":\"f\"}],\"tool_choice\":\"none\","
                            + "\"max_output_tokens\":5,\"conversation\":\"auto\",\"metadata\":{\"a\":\"1\",\"b\":\"2\"}}");
            assertThat(command.metadata()).isEqualTo(Map.of("a", "1", "b", "2"));
            SessionSettings settings = command.settings();
            assertThat(settings.instructions()).isEqualTo("Sing.");
            assertThat(settings.output().modality()).isEqualTo(Modality.TEXT);
            assertThat(settings.output().voice()).isEqualTo("cedar");
            assertThat(settings.tools().offered()).containsExactly(new ToolDefinition("f", null, null));
            assertThat(settings.tools().choice()).isEqualTo(ToolChoice.NONE);
            assertThat(settings.generation().maxOutputTokens()).isEqualTo(5);
            assertThat(settings.input()).isEqualTo(CURRENT.input());
        }

        @Test
        void keysOfTheBetaAreUnderstood() {
            SessionSettings settings = create(
                            "{\"modalities\":[\"text\",\"audio\"],\"voice\":\"sage\",\"temperature\":0.7,"
                                    + "\"output_audio_format\":\"pcm16\"}")
                    .settings();
            assertThat(settings.output().modality()).isEqualTo(Modality.AUDIO);
            assertThat(settings.output().voice()).isEqualTo("sage");
            assertThat(settings.generation().temperature()).isEqualTo(0.7);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    "[] | invalid_type | response",
                    "{\"conversation\":\"x\"} | invalid_value | response.conversation",
                    "{\"conversation\":7} | invalid_type | response.conversation",
                    "{\"input\":{}} | invalid_type | response.input",
                    "{\"input\":[7]} | invalid_type | response.input[0]",
                    "{\"input\":[{\"type\":\"item_reference\"}]} | missing_required_parameter | response.input[0].id",
                    "{\"input\":[{\"type\":\"item_reference\",\"id\":\"a\"},{\"type\":\"message\"}]} | missing_required_parameter | response.input[1].role",
                    "{\"output_audio_format\":\"mp3\"} | invalid_value | response.output_audio_format",
                    "{\"metadata\":[]} | invalid_type | response.metadata",
                    "{\"metadata\":{\"a\":1}} | invalid_type | response.metadata.a",
                    "{\"temperature\":\"hot\"} | invalid_type | response.temperature",
                    "{\"tools\":[{\"type\":\"function\"}]} | missing_required_parameter | response.tools[0].name"
                })
        void aBadResponseIsRefusedWithThePath(String response, String code, String param) {
            ClientFault fault = fault("{\"type\":\"response.create\",\"response\":" + response + "}");
            assertThat(fault.code()).isEqualTo(code);
            assertThat(fault.param()).isEqualTo(param);
        }

        @Test
        void aResponseMayHaveAContextOfItsOwn() {
            assertThat(create("{\"conversation\":\"auto\"}").context()).isEqualTo(ResponseContext.CONVERSATION);
            assertThat(create("{\"conversation\":\"none\",\"input\":null}").context())
                    .isEqualTo(new ResponseContext(true, null));
            assertThat(create("{\"input\":[],\"conversation\":\"none\"}").context())
                    .isEqualTo(new ResponseContext(true, List.of()));
            assertThat(create("{\"input\":[{\"id\":\"item_1\",\"type\":\"item_reference\"},{\"type\":\"message\","
                                    + "\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"hi\"}]},"
                                    + "{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"7\"}]}")
                            .context())
                    .isEqualTo(new ResponseContext(
                            false,
                            List.of(
                                    new ResponseContext.ItemReference("item_1"),
                                    new ResponseContext.NewItem(new Item.Message(
                                            "",
                                            ItemStatus.COMPLETED,
                                            Item.Role.USER,
                                            List.of(new ContentPart.InputText("hi")))),
                                    new ResponseContext.NewItem(
                                            new Item.FunctionCallOutput("", ItemStatus.COMPLETED, "c", "7")))));
        }

        @Test
        void metadataHasItsLimits() {
            StringBuilder pairs = new StringBuilder();
            for (int i = 0; i < 16; i++) {
                pairs.append(i == 0 ? "" : ",").append("\"k").append(i).append("\":\"v\"");
            }
            assertThat(create("{\"metadata\":{" + pairs + "}}").metadata()).hasSize(16);
            assertThat(fault("{\"type\":\"response.create\",\"response\":{\"metadata\":{\"z\":\"\"," + pairs + "}}}")
                            .code())
                    .isEqualTo("invalid_value");
            assertThat(fault("{\"type\":\"response.create\",\"response\":{\"metadata\":{\"z\":\"" + "v".repeat(513)
                                    + "\"}}}")
                            .code())
                    .isEqualTo("string_above_max_length");
            assertThat(fault("{\"type\":\"response.create\",\"response\":{\"metadata\":{\"" + "k".repeat(65)
                                    + "\":\"\"}}}")
                            .code())
                    .isEqualTo("string_above_max_length");
        }

        @Test
        void cancelMayNameTheResponse() {
            assertThat(read("{\"type\":\"response.cancel\"}")).isEqualTo(new ClientCommand.ResponseCancel(null, null));
            assertThat(read("{\"type\":\"response.cancel\",\"response_id\":\"resp_1\"}"))
                    .isEqualTo(new ClientCommand.ResponseCancel(null, "resp_1"));
        }

        private ClientCommand.ResponseCreate create(String response) {
            return (ClientCommand.ResponseCreate) read("{\"type\":\"response.create\",\"response\":" + response + "}");
        }
    }

    @Nested
    class Items {
        @Test
        void aUserMessageMayHoldTextSoundAndPicture() {
            assertThat(item("{\"content\":[{\"text\":\"hi\",\"type\":\"input_text\"},"
                            + "{\"audio\":\"AQACAA==\",\"transcript\":\"hm\",\"type\":\"input_audio\"},"
                            + "{\"type\":\"input_audio\",\"audio\":\"\"},"
                            + "{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,AA==\",\"detail\":\"low\"}],"
                            + "\"role\":\"user\",\"status\":\"incomplete\",\"type\":\"message\",\"id\":\"item_1\"}"))
                    .isEqualTo(new Item.Message(
                            "item_1",
                            ItemStatus.COMPLETED,
                            Item.Role.USER,
                            List.of(
                                    new ContentPart.InputText("hi"),
                                    new ContentPart.InputAudio(AudioClip.of(24_000, new byte[] {1, 0, 2, 0}), "hm"),
                                    new ContentPart.InputAudio(AudioClip.of(24_000, new byte[0]), null),
                                    new ContentPart.InputImage("data:image/png;base64,AA==", "low"))));
        }

        @Test
        void systemAndAssistantSpeakText() {
            assertThat(item("{\"type\":\"message\",\"role\":\"system\","
                            + "\"content\":[{\"type\":\"input_text\",\"text\":\"s\"}]}"))
                    .isEqualTo(new Item.Message(
                            "", ItemStatus.COMPLETED, Item.Role.SYSTEM, List.of(new ContentPart.InputText("s"))));
            assertThat(
                            item(
                                    "{\"type\":\"message\",\"role\":\"assistant\",\"id\":null,"
                                            + "\"content\":[{\"type\":\"output_text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}"))
                    .isEqualTo(new Item.Message(
                            "",
                            ItemStatus.COMPLETED,
                            Item.Role.ASSISTANT,
                            List.of(new ContentPart.OutputText("a"), new ContentPart.OutputText("b"))));
        }

        @Test
        void callsAndTheirOutputs() {
            assertThat(item("{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{}\",\"call_id\":\"c1\"}"))
                    .isEqualTo(new Item.FunctionCall("", ItemStatus.COMPLETED, "c1", "f", "{}"));
            assertThat(item("{\"type\":\"function_call_output\",\"output\":\"7\",\"call_id\":\"c1\",\"id\":\"o\"}"))
                    .isEqualTo(new Item.FunctionCallOutput("o", ItemStatus.COMPLETED, "c1", "7"));
        }

        @ParameterizedTest
        @CsvSource(
                nullValues = "NULL",
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    " | NULL",
                    ",\"previous_item_id\":null | NULL",
                    ",\"previous_item_id\":\"\" | NULL",
                    ",\"previous_item_id\":\"root\" | root",
                    ",\"previous_item_id\":\"item_9\" | item_9"
                })
        void thePreviousItemSaysWhere(@Nullable String field, @Nullable String previousItemId) {
            String text = "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call_output\","
                    + "\"call_id\":\"c\",\"output\":\"\"}" + (field == null ? "" : field) + "}";
            assertThat(((ClientCommand.ItemCreate) read(text)).previousItemId()).isEqualTo(previousItemId);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    "{} | missing_required_parameter | item.type",
                    "[] | invalid_type | item",
                    "{\"type\":\"mcp_call\"} | invalid_value | item.type",
                    "{\"type\":\"message\"} | missing_required_parameter | item.role",
                    "{\"type\":\"message\",\"role\":\"user\"} | missing_required_parameter | item.content",
                    "{\"type\":\"message\",\"role\":\"boss\",\"content\":[]} | invalid_value | item.role",
                    "{\"type\":\"message\",\"role\":\"user\",\"content\":\"hi\"} | invalid_type | item.content",
                    "{\"type\":\"message\",\"role\":\"user\",\"content\":[7]} | invalid_type | item.content[0]",
                    "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\"}]} | missing_required_parameter | item.content[0].text",
                    "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"a\"},{\"text\":\"b\"}]} | missing_required_parameter | item.content[1].type",
                    "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"output_text\",\"text\":\"a\"}]} | invalid_value | item.content[0].type",
                    "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"audio\":\"?\"}]} | invalid_value | item.content[0].audio",
                    "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"audio\":\"AAAA\"}]} | invalid_value | item.content[0].audio",
                    "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_audio\",\"transcript\":\"a\"}]} | invalid_value | item.content[0].type",
                    "{\"type\":\"item_reference\",\"id\":\"i\"} | invalid_value | item.type",
                    "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"u\",\"detail\":\"x\"}]} | invalid_value | item.content[0].detail",
                    "{\"type\":\"function_call\",\"name\":\"f\"} | missing_required_parameter | item.arguments",
                    "{\"type\":\"function_call_output\",\"output\":\"\"} | missing_required_parameter | item.call_id",
                    "{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":{}} | invalid_type | item.output"
                })
        void aBadItemIsRefusedWithThePath(String item, String code, String param) {
            ClientFault fault =
                    fault("{\"item\":" + item + ",\"event_id\":\"e\",\"type\":\"conversation.item.create\"}");
            assertThat(fault.code()).isEqualTo(code);
            assertThat(fault.param()).isEqualTo(param);
            assertThat(fault.eventId()).isEqualTo("e");
        }

        @Test
        void truncateNeedsAllItsFields() {
            assertThat(read("{\"type\":\"conversation.item.truncate\",\"item_id\":\"i\",\"content_index\":0,"
                            + "\"audio_end_ms\":1500}"))
                    .isEqualTo(new ClientCommand.ItemTruncate(null, "i", 0, 1500));
            assertThat(fault("{\"type\":\"conversation.item.truncate\",\"item_id\":\"i\",\"content_index\":0}")
                            .param())
                    .isEqualTo("audio_end_ms");
            assertThat(fault("{\"type\":\"conversation.item.truncate\",\"item_id\":\"i\",\"content_index\":0,"
                                    + "\"audio_end_ms\":-1}")
                            .code())
                    .isEqualTo("invalid_value");
            assertThat(fault("{\"type\":\"conversation.item.truncate\",\"item_id\":\"i\",\"content_index\":0,"
                                    + "\"audio_end_ms\":1.5}")
                            .code())
                    .isEqualTo("invalid_type");
        }

        @Test
        void anItemIsAskedForAndDeletedByItsId() {
            assertThat(read("{\"type\":\"conversation.item.retrieve\",\"item_id\":\"i\",\"event_id\":\"e\"}"))
                    .isEqualTo(new ClientCommand.ItemRetrieve("e", "i"));
            assertThat(read("{\"item_id\":\"i\",\"x\":{},\"type\":\"conversation.item.delete\"}"))
                    .isEqualTo(new ClientCommand.ItemDelete(null, "i"));
            for (String type : List.of("retrieve", "delete")) {
                assertThat(fault("{\"type\":\"conversation.item." + type + "\",\"item_id\":null}")
                                .code())
                        .isEqualTo("missing_required_parameter");
                assertThat(fault("{\"type\":\"conversation.item." + type + "\",\"item_id\":7}")
                                .code())
                        .isEqualTo("invalid_type");
            }
        }

        @Test
        void anItemHasItsLimits() {
            String longName = "x".repeat(257);
            assertThat(fault("{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call\",\"name\":\""
                                    + longName + "\"}}")
                            .param())
                    .isEqualTo("item.name");
            assertThat(fault("{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"id\":\""
                                    + "x".repeat(513) + "\"}}")
                            .param())
                    .isEqualTo("item.id");
            String parts = "{\"type\":\"input_text\",\"text\":\"\"},".repeat(1024);
            String message = "{\"type\":\"message\",\"role\":\"user\",\"content\":[";
            String lastPart = "{\"type\":\"input_text\",\"text\":\"\"}]}";
            assertThat(fault("{\"type\":\"conversation.item.create\",\"item\":" + message + parts + lastPart + "}")
                            .param())
                    .isEqualTo("item.content");
            // Each of these characters is six bytes when it is repeated.
            String tooLong = message + "{\"type\":\"input_text\",\"text\":\"" + "\\u0001".repeat(170_000) + "\"}]}";
            ClientFault fault = fault("{\"type\":\"conversation.item.create\",\"item\":" + tooLong + "}");
            assertThat(fault.code()).isEqualTo("string_above_max_length");
            assertThat(fault.param()).isEqualTo("item");
            item(tooLong.replace("\\u0001", "x"));
        }

        private Item item(String item) {
            return ((ClientCommand.ItemCreate) read("{\"type\":\"conversation.item.create\",\"item\":" + item + "}"))
                    .item();
        }
    }

    @Test
    void everyExampleOfAClientEventIsReadOrRefusedForAReason() throws IOException {
        List<Path> examples = SharedFiles.requireAll("fixtures/realtime-examples/openapi-ga", ".json").stream()
                .filter(file -> file.getFileName().toString().startsWith("client."))
                .toList();
        assertThat(examples).hasSizeGreaterThan(10);
        for (Path example : examples) {
            String name = example.getFileName().toString();
            String text = Files.readString(example);
            switch (name) {
                case "client.transcription_session.update.json" ->
                    // A session that answers cannot become one that does not; that it is of the beta shows all the
                    // same.
                    assertThat(fault(text).param()).as(name).isEqualTo("session.type");
                case "client.output_audio_buffer.clear.json" -> readAll(text);
                case "client.input_audio_buffer.append.json" ->
                    // "Base64EncodedAudioData" is base64 by accident, of 16 bytes.
                    assertThat(((AudioClip) read(text)).bytes()).isEqualTo(16);
                default -> assertThat(read(text)).as(name).isInstanceOf(ClientCommand.class);
            }
        }
    }

    @Test
    void mutatedEventsAreReadOrRefusedAndNothingElse() {
        String[] seeds = {
            append(pcm(30)),
            "{\"type\":\"session.update\",\"event_id\":\"e\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":"
                    + "{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000},\"turn_detection\":{\"type\":\"server_vad\","
                    + "\"threshold\":0.5,\"silence_duration_ms\":200}},\"output\":{\"voice\":{\"id\":\"a\"},\"speed\":1}},"
                    + "\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":{\"a\":[1,2.5e3,null,true]}}],"
                    + "\"tool_choice\":\"auto\",\"max_output_tokens\":\"inf\"}}",
            "{\"type\":\"conversation.item.create\",\"previous_item_id\":\"root\",\"item\":{\"type\":\"message\","
                    + "\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"audio\":\"AQACAA==\"},"
                    + "{\"type\":\"input_text\",\"text\":\"\\ud83d\\ude00 é\\/\"}]}}",
            "{\"response\":{\"metadata\":{\"k\":\"v\"},\"voice\":\"a\",\"temperature\":1},\"type\":\"response.create\"}",
            "{\"type\":\"session.update\",\"session\":{\"modalities\":[\"text\",\"audio\"],\"voice\":\"sage\","
                    + "\"input_audio_format\":\"g711_ulaw\",\"output_audio_format\":\"pcm16\",\"speed\":1.1,"
                    + "\"input_audio_transcription\":{\"model\":\"w\",\"language\":\"\"},\"turn_detection\":"
                    + "{\"type\":\"semantic_vad\",\"eagerness\":\"low\"},\"temperature\":0.8,"
                    + "\"truncation\":{\"type\":\"retention_ratio\",\"retention_ratio\":0.5}}}",
            "{\"type\":\"response.create\",\"response\":{\"conversation\":\"none\",\"input\":[{\"type\":"
                    + "\"item_reference\",\"id\":\"i\"},{\"type\":\"function_call_output\",\"call_id\":\"c\","
                    + "\"output\":\"\"}]}}",
            "{\"type\":\"conversation.item.retrieve\",\"item_id\":\"item_1\"}"
        };
        byte[] spice = "\"\\{}[],:0-9eE.ntfu/= \0\u00ff".getBytes(StandardCharsets.ISO_8859_1);
        Random random = new Random(20261120);
        int read = 0;
        for (int round = 0; round < 40_000; round++) {
            byte[] bytes = seeds[random.nextInt(seeds.length)].getBytes(StandardCharsets.UTF_8);
            int mutations = 1 + random.nextInt(3);
            for (int i = 0; i < mutations; i++) bytes = mutate(bytes, spice, random);
            ByteBuf text = (random.nextBoolean() ? ALLOCATOR.heapBuffer() : ALLOCATOR.directBuffer()).writeBytes(bytes);
            try {
                new ClientEventReader(round % 2 == 0 ? Dialect.GA : Dialect.BETA).read(text, CURRENT, events);
                read++;
            } catch (ClientFault fault) {
                assertThat(fault.code()).isNotEmpty();
            } finally {
                text.release();
            }
        }
        events.take();
        assertThat(read).isBetween(1000, 39_000);
    }

    private static byte[] mutate(byte[] bytes, byte[] spice, Random random) {
        if (bytes.length == 0) return bytes;
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(5)) {
            case 0 -> bytes[at] = spice[random.nextInt(spice.length)];
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 3 -> {
                byte[] longer = new byte[bytes.length + 1];
                System.arraycopy(bytes, 0, longer, 0, at);
                longer[at] = spice[random.nextInt(spice.length)];
                System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
                return longer;
            }
            default -> {
                byte[] shorter = new byte[bytes.length - 1];
                System.arraycopy(bytes, 0, shorter, 0, at);
                System.arraycopy(bytes, at + 1, shorter, at, shorter.length - at);
                return shorter;
            }
        }
        return bytes;
    }

    private SessionSettings updateOf(SessionSettings current, String session) {
        ByteBuf text = ALLOCATOR.buffer();
        text.writeCharSequence("{\"type\":\"session.update\",\"session\":" + session + "}", StandardCharsets.UTF_8);
        try {
            reader.read(text, current, events);
        } finally {
            text.release();
        }
        return ((ClientCommand.SessionUpdate) events.take().get(0)).settings();
    }

    private Object read(String text) {
        return readFrom(ALLOCATOR.buffer(), text);
    }

    private Object readFrom(ByteBuf buffer, String text) {
        readAllFrom(buffer, text);
        List<Object> taken = events.take();
        assertThat(taken).hasSize(1);
        return taken.get(0);
    }

    private void readAll(String text) {
        readAllFrom(ALLOCATOR.buffer(), text);
    }

    private void readAllFrom(ByteBuf buffer, String text) {
        try {
            buffer.writeCharSequence(text, StandardCharsets.UTF_8);
            int from = buffer.readerIndex();
            reader.read(buffer, CURRENT, events);
            assertThat(buffer.readerIndex()).isEqualTo(from);
        } finally {
            buffer.release();
        }
    }

    private ClientFault fault(String text) {
        ClientFault fault = catchThrowableOfType(ClientFault.class, () -> readAll(text));
        assertThat(fault).as(text.length() < 300 ? text : "a long event").isNotNull();
        return fault;
    }

    private static String append(byte[] pcm) {
        return "{\"type\":\"input_audio_buffer.append\",\"audio\":\""
                + Base64.getEncoder().encodeToString(pcm) + "\"}";
    }

    private static byte[] pcm(int bytes) {
        byte[] pcm = new byte[bytes];
        new Random(bytes).nextBytes(pcm);
        return pcm;
    }
}
