package dev.antiphon.server.twin.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Wav;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.ToolCall;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ToolChoice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(NoBufferLeaks.class)
class TwinRequestReaderTest {
    private static final Set<String> VOICES = new LinkedHashSet<>(List.of("alloy", "ash", "echo"));
    private static final String SPEECH =
            "\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"ash\",\"format\":\"pcm16\"}";
    private static final String HELLO = "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]";

    @Test
    void onlyAnAudioModelRefusesToDoWithoutSound() {
        assertThat(read("{\"model\":\"gpt-4o-mini\"," + HELLO + "}").sound()).isNull();
    }

    @Test
    void everythingTheTwinActsOnIsRead() {
        String wav = Base64.getEncoder().encodeToString(Wav.write(AudioClip.of(16_000, new byte[3_200])));
        TwinRequest request = read("""
                {"messages":[
                  {"role":"developer","content":[{"type":"text","text":"Be "},{"type":"text","text":"kind."}]},
                  {"role":"user","content":[{"type":"text","text":"listen"},
                    {"type":"input_audio","input_audio":{"format":"wav","data":"%s"}}]},
                  {"role":"assistant","content":null,"audio":{"id":"audio_1"},"tool_calls":[
                    {"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},
                  {"role":"tool","tool_call_id":"call_1","content":"5"}],
                 "model":"m","unknown":{"deep":[1,{}]},%s,"stream":true,
                 "stream_options":{"include_usage":true,"include_obfuscation":false},
                 "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],
                 "tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false}
                """.formatted(wav, SPEECH));
        assertThat(request.model()).isEqualTo("m");
        assertThat(request.sound()).isEqualTo(new TwinRequest.Sound("ash", "pcm16"));
        assertThat(request.delivery()).isEqualTo(new TwinRequest.Delivery(true, true, false));
        assertThat(request.tools().choice()).isEqualTo(ToolChoice.function("f"));
        assertThat(request.tools().parallelCalls()).isFalse();
        assertThat(request.tools().offered()).singleElement().satisfies(tool -> {
            assertThat(tool.description()).isEqualTo("d");
            assertThat(tool.parametersJson()).isEqualTo("{\"type\":\"object\"}");
        });
        assertThat(request.messages()).hasSize(4);
        assertThat(request.messages().get(1))
                .isEqualTo(new UserMessage(
                        List.of(new TextPart("listen"), new AudioPart(AudioClip.of(16_000, new byte[3_200])))));
        assertThat(request.messages().get(2))
                .isEqualTo(new AssistantMessage(null, "audio_1", List.of(new ToolCall("call_1", "f", "{}"))));
        assertThat(request.messages().get(3)).isEqualTo(new ToolMessage("call_1", "5"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[]                                                          |                         | We could not parse the JSON body",
                "{\"model\":\"m\"                                            |                         | We could not parse the JSON body",
                "{\"model\":\"m\"} x                                         |                         | We could not parse the JSON body",
                "{$HELLO}                                                    |                         | you must provide a model parameter",
                "{$M}                                                        | messages                | Missing required parameter: 'messages'.",
                "{$M,\"messages\":[]}                                        | messages                | Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
                "{$M,\"messages\":\"hi\"}                                    | messages                | Invalid type for 'messages'",
                "{\"model\":\"gpt-audio\",$HELLO}                             | model                   | This model requires that either input content or output modality contain audio.",
                "{$M,$HELLO,\"modalities\":[\"audio\"]}                      | audio                   | Missing required parameter: 'audio'.",
                "{$M,$HELLO,\"modalities\":[\"audio\"],\"audio\":{\"format\":\"pcm16\"}} | audio.voice | Missing required parameter: 'audio.voice'.",
                "{$M,$HELLO,\"modalities\":[\"audio\"],\"audio\":{\"format\":\"pcm16\",\"voice\":\"bob\"}} | audio.voice | Invalid value: 'bob'. Supported values are: 'alloy', 'ash', and 'echo'.",
                "{$M,$HELLO,\"stream\":true,\"modalities\":[\"audio\"],\"audio\":{\"format\":\"wav\",\"voice\":\"ash\"}} | audio.format | Unsupported value: 'audio.format' does not support 'wav' when stream=true. Supported values are: 'pcm16'.",
                "{$M,$HELLO,\"modalities\":[\"audio\"],\"audio\":{\"format\":\"mp3\",\"voice\":\"ash\"}} | audio.format | Unsupported value: 'audio.format' does not support 'mp3'",
                "{$M,$S,\"messages\":[{\"content\":\"x\"}]}                  | messages[0].role        | Missing required parameter",
                "{$M,$S,\"messages\":[{\"role\":\"boss\",\"content\":\"x\"}]} | messages[0].role       | Invalid value: 'boss'",
                "{$M,$S,\"messages\":[{\"role\":\"user\",\"content\":7}]}    | messages[0].content     | Invalid type for 'messages[0].content'",
                "{$M,$S,\"messages\":[{\"role\":\"user\"}]}                  | messages[0].content     | Invalid type for 'messages[0].content'",
                "{$M,$S,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"smell\"}]}]} | messages[0].content[0].type | Invalid value: 'smell'",
                "{$M,$S,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\",\"format\":\"mp3\"}}]}]} | messages | This model does not support the format you provided.",
                "{$M,$S,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\",\"format\":\"ogg\"}}]}]} | messages[0].content[0].input_audio.format | Invalid value: 'ogg'",
                "{$M,$S,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"A!\",\"format\":\"wav\"}}]}]} | messages | The data provided for 'input_audio' is not valid base64.",
                "{$M,$S,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\",\"format\":\"wav\"}}]}]} | messages | The data provided for 'input_audio' is not of valid wav format",
                "{$M,$S,\"messages\":[$CALL]}                                | messages.[1].role       | An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1",
                "{$M,$S,\"messages\":[$CALL,{\"role\":\"user\",\"content\":\"x\"}]} | messages.[1].role | An assistant message with 'tool_calls' must be followed",
                "{$M,$S,\"messages\":[{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"x\"}]} | messages.[0].role | Invalid parameter: messages with role 'tool' must be a response",
                "{$M,$S,$HELLO,\"tool_choice\":\"maybe\"}                    | tool_choice             | Invalid value: 'maybe'",
                "{$M,$S,$HELLO,\"tool_choice\":{\"function\":{\"name\":\"f\"}}} | tool_choice          | Invalid value for 'tool_choice'",
                "{$M,$S,$HELLO,\"tools\":[{\"type\":\"function\"}]}          | tools[0].function.name  | Missing required parameter",
            })
    void whatTheProviderRefusesIsRefusedInItsWords(String template, String param, String message) {
        String json = template.replace("$M", "\"model\":\"m\"")
                .replace("$HELLO", HELLO)
                .replace("$S", SPEECH)
                .replace(
                        "$CALL",
                        "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\","
                                + "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}");
        Refusal refusal = catchThrowableOfType(Refusal.class, () -> read(json));
        assertThat(refusal).as(json).isNotNull();
        assertThat(refusal.httpStatus()).isEqualTo(400);
        assertThat(refusal.message()).startsWith(message);
        String quotedParam = param == null ? "null" : "\"" + param + "\"";
        assertThat(body(refusal)).contains("\"param\": " + quotedParam + ",");
    }

    @Test
    void aRequestWithSoundInItMayAskForText() {
        String wav = Base64.getEncoder().encodeToString(Wav.write(AudioClip.of(24_000, new byte[4_800])));
        TwinRequest request = read("""
                {"model":"m","modalities":["text"],"messages":[{"role":"user","content":[
                 {"type":"input_audio","input_audio":{"data":"%s","format":"wav"}}]}]}""".formatted(wav));
        assertThat(request.sound()).isNull();
        assertThat(request.delivery()).isEqualTo(new TwinRequest.Delivery(false, false, true));
    }

    @Test
    void refusalsAreIndentedAsRecorded() throws IOException {
        // The recording is stored with another indentation; Content-Length of the original was 288.
        Refusal refusal = Refusal.of(
                401,
                "invalid_request_error",
                "Incorrect API key provided: not-a-re**************************ized. You can find your API key at"
                        + " https://platform.openai.com/account/api-keys.",
                null,
                "invalid_api_key");
        assertThat(body(refusal)).hasSize(288);
        String recorded = Files.readString(SharedFiles.require("fixtures/errors/openai-401-invalid-key.json"));
        assertThat(body(refusal)).isEqualToIgnoringWhitespace(recorded);
    }

    @Test
    void namesAreDrawnFromTheSeed() {
        assertThat(new Ids(5).completion()).matches("chatcmpl-[A-Za-z0-9]{29}").isEqualTo(new Ids(5).completion());
        assertThat(new Ids(5).audio()).matches("audio_[0-9a-f]{32}").isNotEqualTo(new Ids(6).audio());
        assertThat(new Ids(5).toolCall()).matches("call_[A-Za-z0-9]{24}");
    }

    @ParameterizedTest
    @CsvSource({
        "'Sure, let me check that for you.','Sure|,| let| me| check| that| for| you|.'",
        "'It’s  fine…\nyes','It’s|  fine|…|\nyes'",
        "'你好',你好"
    })
    void piecesKeepTheirLeadingBlankAndLoseNothing(String text, String pieces) {
        assertThat(String.join("|", TranscriptPieces.of(text))).isEqualTo(pieces);
    }

    private static String body(Refusal refusal) {
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            refusal.writeBody(out);
            return out.toString(UTF_8);
        } finally {
            out.release();
        }
    }

    private static TwinRequest read(String json) {
        return new TwinRequestReader(VOICES).read(new ByteArrayInputStream(json.getBytes(UTF_8)));
    }
}
