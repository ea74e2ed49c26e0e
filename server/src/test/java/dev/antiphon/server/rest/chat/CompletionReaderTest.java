package dev.antiphon.server.rest.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.antiphon.server.rest.chat.CompletionRequest.Delivery;
import dev.antiphon.server.rest.chat.MessageDrafts.Place;
import dev.antiphon.server.rest.sound.SoundFormat;
import dev.antiphon.session.ClientFault;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.ImagePart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.ToolCall;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionReaderTest {
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static CompletionRequest read(String json) {
        return CompletionReader.read(Unpooled.copiedBuffer(json, StandardCharsets.UTF_8));
    }

    private static CompletionRequest readMore(String fields) {
        return read("{\"model\":\"m\"," + HI + (fields.isEmpty() ? "" : "," + fields) + "}");
    }

    private static List<ChatMessage> messages(String messages) {
        return read("{\"model\":\"m\",\"messages\":[" + messages + "]}")
                .toChat()
                .messages();
    }

    @Test
    void theLeastIsAModelAndAMessage() {
        CompletionRequest request = readMore("");
        assertThat(request.delivery()).isEqualTo(new Delivery(false, false));
        assertThat(request.toChat())
                .isEqualTo(new ChatRequest(
                        "m",
                        List.of(new UserMessage(List.of(new TextPart("Hi")))),
                        null,
                        ChatRequest.Tools.NONE,
                        ChatRequest.Sampling.DEFAULT));
    }

    @Test
    void nullIsAsGoodAsNothing() {
        assertThat(readMore("\"modalities\":null,\"audio\":null,\"tools\":null,\"tool_choice\":null,\"stream\":null,"
                                + "\"parallel_tool_calls\":null,\"max_tokens\":null,\"max_completion_tokens\":null,"
                                + "\"temperature\":null,\"stream_options\":null,\"n\":null,\"logprobs\":null,"
                                + "\"top_logprobs\":null,\"seed\":null")
                        .toChat())
                .isEqualTo(readMore("").toChat());
    }

    @Test
    void everyRoleIsUnderstood() {
        assertThat(messages("""
                {"role":"system","content":"S"},{"role":"developer","content":[{"type":"text","text":"D"},\
                {"type":"text","text":"E"}]},
                {"role":"user","name":"Ann","content":[{"type":"text","text":"U"},\
                {"type":"image_url","image_url":{"url":"https://i","detail":"low"}},\
                {"type":"image_url","image_url":{"url":"data:x","detail":null}}]},
                {"role":"assistant","content":"A","refusal":null,"audio":null,"tool_calls":null},
                {"role":"assistant","audio":{"id":"audio_1"}},
                {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",\
                "function":{"name":"f","arguments":"{}"}}]},
                {"role":"assistant","content":[{"type":"refusal","refusal":"No."}]},
                {"role":"assistant","refusal":"Never."},
                {"role":"tool","tool_call_id":"c1","content":"5"}"""))
                .containsExactly(
                        new SystemMessage("S"),
                        new SystemMessage("DE"),
                        new UserMessage(List.of(
                                new TextPart("U"), new ImagePart("https://i", "low"), new ImagePart("data:x", null))),
                        new AssistantMessage("A", null, List.of()),
                        new AssistantMessage(null, "audio_1", List.of()),
                        new AssistantMessage(null, null, List.of(new ToolCall("c1", "f", "{}"))),
                        new AssistantMessage("No.", null, List.of()),
                        new AssistantMessage("Never.", null, List.of()),
                        new ToolMessage("c1", "5"));
    }

    @Test
    void aSoundKeepsItsPlace() {
        CompletionRequest request = read("{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"S\"},"
                + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"U\"},{\"type\":\"input_audio\","
                + "\"input_audio\":{\"data\":\"3\",\"format\":\"wav\"}}]}]}");
        Place place = request.messages().places().get(0);
        assertThat(place.number()).isEqualTo(3);
        assertThat(place.format()).isEqualTo("wav");
        assertThat(place.param()).isEqualTo("messages[1].content[1].input_audio");
        place.fill(new TextPart("heard"));
        assertThat(request.toChat().messages())
                .containsExactly(
                        new SystemMessage("S"), new UserMessage(List.of(new TextPart("U"), new TextPart("heard"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "1234567", "UklGRg=="})
    void aSoundThatTheSieveDidNotSeeHasNoNumber(String data) {
        assertThat(read("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\","
                                + "\"input_audio\":{\"data\":\"" + data + "\",\"format\":\"wav\"}}]}]}")
                        .messages()
                        .places()
                        .get(0)
                        .number())
                .isNegative();
    }

    @Test
    void speechIsAskedForWithAVoice() {
        CompletionRequest request = readMore(
                "\"audio\":{\"format\":\"wav\",\"voice\":\"alloy\",\"x\":1},\"modalities\":[\"text\",\"audio\"]");
        assertThat(request.toChat().speech()).isEqualTo(new ChatRequest.Speech("alloy"));
        assertThat(request.sound())
                .isEqualTo(new CompletionRequest.Sound(
                        "alloy", SoundFormat.WAV, "{\"format\":\"wav\",\"voice\":\"alloy\",\"x\":1}"));
        assertThat(readMore("\"audio\":{\"format\":\"mp3\",\"voice\":{\"id\":\"voice_1\"}},\"modalities\":[\"audio\"]")
                        .toChat()
                        .speech())
                .isEqualTo(new ChatRequest.Speech("voice_1"));
        assertThat(readMore("\"audio\":{\"format\":\"wav\",\"voice\":\"alloy\"},\"modalities\":[\"text\"]")
                        .sound())
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pcm16", "wav", "g711_ulaw", "g711_alaw", "opus"})
    void whatWeMakeMayBeStreamed(String format) {
        CompletionRequest request = readMore("\"stream\":true,\"stream_options\":{\"include_usage\":true,\"x\":1},"
                + "\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"v\",\"format\":\"" + format + "\"}");
        assertThat(request.delivery()).isEqualTo(new Delivery(true, true));
    }

    @Test
    void toolsAreRead() {
        ChatRequest chat = readMore(
                        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\","
                                + "\"parameters\":{\"type\":\"object\",\"x\":1.50},\"strict\":true}},"
                                + "{\"function\":{\"name\":\"g\"}}],\"parallel_tool_calls\":false,"
                                + "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}")
                .toChat();
        assertThat(chat.tools())
                .isEqualTo(new ChatRequest.Tools(
                        List.of(
                                new ToolDefinition("f", "d", "{\"type\":\"object\",\"x\":1.50}"),
                                new ToolDefinition("g", null, null)),
                        ToolChoice.function("g"),
                        false));
    }

    @ParameterizedTest
    @CsvSource({"auto, AUTO", "none, NONE", "required, REQUIRED"})
    void theChoiceOfToolsIsRead(String wire, ToolChoice.Mode mode) {
        assertThat(readMore("\"tool_choice\":\"" + wire + "\"")
                        .toChat()
                        .tools()
                        .choice()
                        .mode())
                .isEqualTo(mode);
    }

    @Test
    void theAnswerIsBoundedByTheNewerName() {
        assertThat(readMore("\"max_tokens\":7,\"temperature\":0.8").toChat().sampling())
                .isEqualTo(new ChatRequest.Sampling(7, 0.8));
        assertThat(readMore("\"max_completion_tokens\":5,\"max_tokens\":7,\"temperature\":1")
                        .toChat()
                        .sampling())
                .isEqualTo(new ChatRequest.Sampling(5, 1.0));
        assertThat(readMore("\"max_tokens\":7,\"max_completion_tokens\":5")
                        .toChat()
                        .sampling())
                .isEqualTo(new ChatRequest.Sampling(5, null));
    }

    @Test
    void whatWeDoNotKnowIsPassedOnAsItCame() {
        assertThat(readMore(
                                "\"n\":1,\"logprobs\":false,\"seed\":7,\"stop\":[\"a\",null],\"metadata\":{\"é\":\"\\u00e9\"},"
                                        + "\"top_p\":0.10,\"user\":\"u\",\"store\":true")
                        .toChat()
                        .extras())
                .isEqualTo(Map.of(
                        "seed", "7",
                        "stop", "[\"a\",null]",
                        "metadata", "{\"é\":\"é\"}",
                        "top_p", "0.10",
                        "user", "\"u\"",
                        "store", "true"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "7",
                "{}{}",
                "{\"model\":\"m\"]",
                "{\"model\":\"m\"} x",
                "{\"a\":\"\u0001\"}",
                "nul"
            })
    void whatIsNotOneObjectIsRefused(String json) {
        assertThat(faultOf(json))
                .extracting(ClientFault::code, ClientFault::param)
                .containsExactly("invalid_json", null);
    }

    @Test
    void depthIsBounded() {
        String deep = "{\"model\":\"m\"," + HI + ",\"x\":" + "[".repeat(100) + "]".repeat(100) + "}";
        assertThat(faultOf(deep).code()).isEqualTo("invalid_json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{HI} | missing_required_parameter | model",
                "{'model':'',HI} | missing_required_parameter | model",
                "{'model':7,HI} | invalid_type | model",
                "{'model':'m'} | missing_required_parameter | messages",
                "{'model':'m','messages':[]} | empty_array | messages",
                "{'model':'m','messages':'Hi'} | invalid_type | messages",
                "{'model':'m','messages':['Hi']} | invalid_type | messages[0]",
                "M{'content':'x'} | missing_required_parameter | messages[0].role",
                "M{'role':'bard','content':'x'} | invalid_value | messages[0].role",
                "M{'role':'function','content':'x','name':'f'} | invalid_value | messages[0].role",
                "M{'role':'user'} | missing_required_parameter | messages[0].content",
                "M{'role':'user','content':[]} | missing_required_parameter | messages[0].content",
                "M{'role':'user','content':7} | invalid_type | messages[0].content",
                "M{'role':'user','content':['x']} | invalid_type | messages[0].content[0]",
                "M{'role':'user','content':[{'text':'x'}]} | missing_required_parameter | messages[0].content[0].type",
                "M{'role':'user','content':[{'type':'text'}]} | missing_required_parameter | messages[0].content[0].text",
                "M{'role':'user','content':[{'type':'file','file':{}}]} | invalid_value | messages[0].content[0].type",
                "M{'role':'user','content':[{'type':'image_url'}]} | missing_required_parameter | messages[0].content[0].image_url",
                "M{'role':'user','content':[{'type':'image_url','image_url':'u'}]} | invalid_type | messages[0].content[0].image_url",
                "M{'role':'user','content':[{'type':'image_url','image_url':{}}]} | missing_required_parameter | messages[0].content[0].image_url.url",
                "M{'role':'user','content':[{'type':'input_audio'}]} | missing_required_parameter | messages[0].content[0].input_audio",
                "M{'role':'user','content':[{'type':'input_audio','input_audio':{'format':'wav'}}]} | missing_required_parameter | messages[0].content[0].input_audio.data",
                "M{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'0'}}]} | missing_required_parameter | messages[0].content[0].input_audio.format",
                "M{'role':'user','content':[{'type':'input_audio','input_audio':{'data':7,'format':'wav'}}]} | invalid_type | messages[0].content[0].input_audio.data",
                "M{'role':'system'} | missing_required_parameter | messages[0].content",
                "M{'role':'system','content':[{'type':'text','text':'t'},{'type':'input_audio','input_audio':{'data':'0','format':'wav'}}]} | invalid_value | messages[0].content[1].type",
                "M{'role':'assistant','content':[{'type':'image_url','image_url':{'url':'u'}}]} | invalid_value | messages[0].content[0].type",
                "M{'role':'assistant'} | missing_required_parameter | messages[0].content",
                "M{'role':'assistant','audio':{}} | missing_required_parameter | messages[0].audio.id",
                "M{'role':'assistant','audio':'a'} | invalid_type | messages[0].audio",
                "M{'role':'assistant','function_call':{}} | unsupported_parameter | messages[0].function_call",
                "M{'role':'assistant','tool_calls':{}} | invalid_type | messages[0].tool_calls",
                "M{'role':'assistant','tool_calls':[{'function':{'name':'f','arguments':''}}]} | missing_required_parameter | messages[0].tool_calls[0].id",
                "M{'role':'assistant','tool_calls':[{'id':'c','function':{'arguments':''}}]} | missing_required_parameter | messages[0].tool_calls[0].function.name",
                "M{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'f'}}]} | missing_required_parameter | messages[0].tool_calls[0].function.arguments",
                "M{'role':'assistant','tool_calls':[{'id':'c','type':'custom'}]} | invalid_value | messages[0].tool_calls[0].type",
                "M{'role':'tool','content':'5'} | missing_required_parameter | messages[0].tool_call_id",
                "M{'role':'tool','tool_call_id':'c'} | missing_required_parameter | messages[0].content",
                "F'n':2 | unsupported_value | n",
                "F'n':'1' | invalid_type | n",
                "F'logprobs':true | unsupported_parameter | logprobs",
                "F'top_logprobs':2 | unsupported_parameter | top_logprobs",
                "F'functions':[] | unsupported_parameter | functions",
                "F'function_call':'auto' | unsupported_parameter | function_call",
                "F'stream':'yes' | invalid_type | stream",
                "F'stream_options':7 | invalid_type | stream_options",
                "F'stream_options':{'include_usage':1} | invalid_type | stream_options.include_usage",
                "F'max_tokens':0 | invalid_value | max_tokens",
                "F'max_tokens':1.5 | invalid_type | max_tokens",
                "F'max_completion_tokens':99999999999 | invalid_value | max_completion_tokens",
                "F'temperature':'hot' | invalid_type | temperature",
                "F'parallel_tool_calls':1 | invalid_type | parallel_tool_calls",
                "F'modalities':'audio' | invalid_type | modalities",
                "F'modalities':[] | invalid_value | modalities",
                "F'modalities':['text','smell'] | invalid_value | modalities[1]",
                "F'modalities':['audio'] | missing_required_parameter | audio",
                "F'audio':7 | invalid_type | audio",
                "F'audio':{'format':'wav'} | missing_required_parameter | audio.voice",
                "F'audio':{'voice':7,'format':'wav'} | invalid_type | audio.voice",
                "F'audio':{'voice':{},'format':'wav'} | missing_required_parameter | audio.voice.id",
                "F'audio':{'voice':'v'} | missing_required_parameter | audio.format",
                "F'audio':{'voice':'v','format':'tape'} | invalid_value | audio.format",
                "F'audio':{'voice':'v','format':'PCM16'} | invalid_value | audio.format",
                "F'stream':true,'modalities':['audio'],'audio':{'voice':'v','format':'mp3'} | invalid_value | audio.format",
                "F'stream':true,'modalities':['audio'],'audio':{'voice':'v','format':'flac'} | invalid_value | audio.format",
                "F'tools':{} | invalid_type | tools",
                "F'tools':[7] | invalid_type | tools[0]",
                "F'tools':[{'type':'custom'}] | invalid_value | tools[0].type",
                "F'tools':[{'type':'function'}] | missing_required_parameter | tools[0].function",
                "F'tools':[{'function':{}}] | missing_required_parameter | tools[0].function.name",
                "F'tools':[{'function':{'name':'f','parameters':[]}}] | invalid_type | tools[0].function.parameters",
                "F'tool_choice':'maybe' | invalid_value | tool_choice",
                "F'tool_choice':7 | invalid_type | tool_choice",
                "F'tool_choice':{'type':'allowed_tools'} | invalid_value | tool_choice.type",
                "F'tool_choice':{'type':'function'} | missing_required_parameter | tool_choice.function.name",
                "F'tool_choice':{'type':'function','function':{'name':'f'}} | invalid_value | tool_choice.function.name"
            })
    void aFaultNamesItsField(String request, String code, String param) {
        String json = switch (request.charAt(0)) {
            case 'M' -> "{\"model\":\"m\",\"messages\":[" + request.substring(1) + "]}";
            case 'F' -> "{\"model\":\"m\"," + HI + "," + request.substring(1) + "}";
            default -> request.replace("HI", HI);
        };
        assertThat(faultOf(json.replace('\'', '"')))
                .extracting(ClientFault::code, ClientFault::param)
                .containsExactly(code, param);
    }

    @Test
    void whatIsQuotedOfAFaultIsShort() {
        String words = "secret words ".repeat(20);
        assertThat(faultOf("{\"model\":\"m\"," + HI + ",\"tool_choice\":\"" + words + "\"}")
                        .sentence()
                        .length())
                .isLessThan(150);
    }

    private static ClientFault faultOf(String json) {
        return catchThrowableOfType(ClientFault.class, () -> read(json));
    }
}
