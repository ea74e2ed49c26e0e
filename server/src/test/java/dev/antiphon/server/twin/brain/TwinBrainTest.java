package dev.antiphon.server.twin.brain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.twin.wire.TwinRequest;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.ToolCall;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TwinBrainTest {
    private static final TwinRequest.Sound SOUND = new TwinRequest.Sound("alloy", "pcm16");
    private static final ToolDefinition WEATHER = new ToolDefinition("get_weather", null, """
            {"type":"object","properties":{"city":{"type":"string"},"unit":{"type":"string","enum":["celsius","kelvin"]}},
             "required":["city","unit"]}""");
    private static final ToolDefinition TIMER = new ToolDefinition("set_timer", null, """
            {"type":"object","properties":{"minutes":{"type":"integer"}},"required":["minutes"]}""");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "say: Hello, you.                 | Hello, you.",
                "Please SAY: one two three        | one two three",
                "repeat after me: the sea is calm | the sea is calm",
                "repeat after me                  | I heard nothing that I could repeat.",
            })
    void aDirectionIsObeyedWordForWord(String text, String spoken) {
        assertThat(answer(user(text))).isEqualTo(new Answer.Spoken(spoken));
    }

    @Test
    void aDirectionOfTheSystemHoldsWhereTheUserGivesNone() {
        SystemMessage system = new SystemMessage("You are a test.\nsay: The line is good.");
        assertThat(answer(system, user("Are you there?"))).isEqualTo(new Answer.Spoken("The line is good."));
        assertThat(answer(system, user("say: No."))).isEqualTo(new Answer.Spoken("No."));
    }

    @Test
    void aHistoryOfWrittenAnswersMakesItWriteUnlessItIsToldToSpeak() {
        AssistantMessage written = new AssistantMessage("In writing.", null, List.of());
        assertThat(answer(written, written, user("say: Hello."))).isEqualTo(new Answer.Spoken("Hello."));
        assertThat(answer(written, written, written, user("say: Hello."))).isEqualTo(new Answer.Written("Hello."));
        assertThat(answer(new SystemMessage("Answer aloud."), written, written, written, user("say: Hello.")))
                .isEqualTo(new Answer.Spoken("Hello."));
    }

    @Test
    void aTypedQuestionIsReferredTo() {
        assertThat(words(answer(user("Why is the sky blue?")))).contains("Why is the sky blue?");
    }

    @Test
    void aCallersOwnSoundIsRepeatedAtTheAnswersRate() {
        Answer answer = answer(new UserMessage(List.of(new TextPart("repeat after me"), tone(16_000, 2, 8_000))));
        assertThat(answer).isInstanceOf(Answer.Played.class);
        Answer.Played played = (Answer.Played) answer;
        assertThat(played.transcript()).isEqualTo("(your own words)");
        assertThat(played.sound().format().sampleRateHz()).isEqualTo(24_000);
        assertThat(played.sound().millis()).isEqualTo(2_000);
    }

    @ParameterizedTest
    @CsvSource({"0,silence", "200,quiet", "2000,clear", "16000,loud"})
    void whatIsHeardIsToldAsLengthAndLoudness(int amplitude, String word) {
        String words = words(answer(new UserMessage(List.of(tone(24_000, 3, amplitude)))));
        assertThat(words).startsWith("I heard 3.0 seconds of ").contains(word);
    }

    @Test
    void loudnessIsToldInDecibels() {
        String words = words(answer(new UserMessage(List.of(tone(24_000, 1, 16_384)))));
        assertThat(words).contains("minus 6 decibels");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 30, 120})
    void speakForSecondsMakesTalkOfThatLength(int seconds) {
        String words = words(answer(user("Please speak for " + seconds + " seconds.")));
        assertThat(words.length() / 18.0).isBetween(seconds * 0.7, seconds * 1.3);
    }

    @Test
    void noTalkIsLongerThanTwoMinutes() {
        assertThat(words(answer(user("speak for 999999 seconds"))).length() / 18.0)
                .isLessThan(125);
    }

    @Test
    void answerInTextHasNoSound() {
        assertThat(answer(user("Answer in text. say: quietly"))).isEqualTo(new Answer.Written("quietly"));
    }

    @Test
    void aRequestWithoutSoundIsAnsweredInText() {
        TwinRequest request = request(null, ChatRequest.Tools.NONE, List.of(user("say: hi")));
        assertThat(new TwinBrain().answer(request, id -> null)).isEqualTo(new Answer.Written("hi"));
    }

    @Test
    void earlierTurnsAreRemembered() {
        ChatMessage question = user("I like green tea.");
        ChatMessage spoken = new AssistantMessage(null, "audio_1", List.of());
        assertThat(words(answer(question, spoken, user("What did I say?")))).isEqualTo("You said: I like green tea.");
        assertThat(words(answer(question, spoken, user("What did you say?")))).isEqualTo("I said: Tea is good.");
        assertThat(words(answer(question, spoken, user("How many turns was that?"))))
                .contains("turn number 2");
        assertThat(words(answer(user("What did you say?")))).isEqualTo("I have said nothing before this.");
    }

    @Test
    void anEarlierSpokenTurnIsRememberedByItsLength() {
        ChatMessage heard = new UserMessage(List.of(tone(24_000, 2, 2_000)));
        assertThat(words(answer(heard, user("What did I say?")))).startsWith("You spoke: 2.0 seconds");
    }

    @Test
    void aNamedToolIsCalledWithWhatFollowsItsName() {
        Answer answer = answer(tools(ToolChoice.AUTO, null), user("Please get weather for Paris in kelvin"));
        assertThat(answer).isEqualTo(called("get_weather", "{\"city\":\"Paris in kelvin\",\"unit\":\"kelvin\"}"));
    }

    @Test
    void severalNamedToolsAreCalledInTheOrderOfTheWords() {
        String text = "set_timer for 5 minutes, then get_weather \"Oslo\"";
        Answer both = answer(tools(ToolChoice.AUTO, null), user(text));
        assertThat(both)
                .isEqualTo(new Answer.Called(List.of(
                        new Answer.Call("set_timer", "{\"minutes\":5}"),
                        new Answer.Call("get_weather", "{\"city\":\"Oslo\",\"unit\":\"celsius\"}"))));
        assertThat(answer(tools(ToolChoice.AUTO, false), user(text))).isEqualTo(called("set_timer", "{\"minutes\":5}"));
    }

    @Test
    void aToolChoiceIsObeyed() {
        assertThat(answer(tools(ToolChoice.NONE, null), user("get_weather Paris")))
                .isInstanceOf(Answer.Spoken.class);
        assertThat(answer(tools(ToolChoice.AUTO, null), user("hello"))).isInstanceOf(Answer.Spoken.class);
        assertThat(answer(tools(ToolChoice.REQUIRED, null), user("Rome")))
                .isEqualTo(called("get_weather", "{\"city\":\"Rome\",\"unit\":\"celsius\"}"));
        assertThat(answer(tools(ToolChoice.function("set_timer"), null), user("in 7")))
                .isEqualTo(called("set_timer", "{\"minutes\":7}"));
    }

    @Test
    void resultsOfToolsAreSpoken() {
        ChatMessage call = new AssistantMessage(null, null, List.of(new ToolCall("call_1", "get_weather", "{}")));
        ChatMessage result = new ToolMessage("call_1", "{\"degrees\": 21, \"sky\": \"clear\"}");
        Answer answer = answer(tools(ToolChoice.REQUIRED, null), user("get_weather Paris"), call, result);
        assertThat(answer).isEqualTo(new Answer.Spoken("The tool says: degrees 21, sky clear."));
    }

    private static Answer answer(ChatMessage... messages) {
        return answer(ChatRequest.Tools.NONE, messages);
    }

    private static Answer answer(ChatRequest.Tools tools, ChatMessage... messages) {
        Map<String, String> transcripts = Map.of("audio_1", "Tea is good.");
        return new TwinBrain().answer(request(SOUND, tools, List.of(messages)), transcripts::get);
    }

    private static TwinRequest request(
            TwinRequest.@Nullable Sound sound, ChatRequest.Tools tools, List<ChatMessage> messages) {
        return new TwinRequest("antiphon-twin", messages, tools, sound, new TwinRequest.Delivery(true, false, true), 1);
    }

    private static ChatRequest.Tools tools(ToolChoice choice, @Nullable Boolean parallelCalls) {
        return new ChatRequest.Tools(List.of(WEATHER, TIMER), choice, parallelCalls);
    }

    private static Answer called(String name, String arguments) {
        return new Answer.Called(List.of(new Answer.Call(name, arguments)));
    }

    private static UserMessage user(String text) {
        return new UserMessage(List.of(new TextPart(text)));
    }

    private static String words(Answer answer) {
        assertThat(answer).isInstanceOf(Answer.Spoken.class);
        return ((Answer.Spoken) answer).words();
    }

    /** A square wave, so that its level is its amplitude. */
    private static AudioPart tone(int sampleRateHz, int seconds, int amplitude) {
        byte[] pcm = new byte[2 * sampleRateHz * seconds];
        for (int i = 0; i < pcm.length / 2; i++) {
            int sample = i / 40 % 2 == 0 ? amplitude : -amplitude;
            pcm[2 * i] = (byte) sample;
            pcm[2 * i + 1] = (byte) (sample >> 8);
        }
        return new AudioPart(AudioClip.of(sampleRateHz, pcm));
    }
}
