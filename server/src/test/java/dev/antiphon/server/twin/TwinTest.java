package dev.antiphon.server.twin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Wav;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the twin answers, over real sockets. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
class TwinTest {
    static final TwinSettings AT_ONCE =
            TwinSettings.defaults().withPace(0, 1_000).withSeed(7);
    private static final String SPEECH =
            "\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\",\"format\":\"pcm16\"}";
    private static final String TOOLS = """
            "tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object",
              "properties":{"city":{"type":"string"}},"required":["city"]}}},
             {"type":"function","function":{"name":"set_timer","parameters":{"type":"object",
              "properties":{"minutes":{"type":"integer"}},"required":["minutes"]}}}]""";

    @Test
    void aTypedQuestionIsAnsweredInSpeech() {
        try (Twin twin = Twin.start(AT_ONCE)) {
            HttpResponse<String> response = new TwinClient(twin.baseUrl())
                    .post("/chat/completions", ask("say: Sure, let me check that for you."));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().map())
                    .containsEntry("content-type", List.of("text/event-stream; charset=utf-8"))
                    .containsEntry("transfer-encoding", List.of("chunked"))
                    .containsEntry("openai-version", List.of("2020-10-01"))
                    .containsKeys("x-request-id", "openai-processing-ms", "x-ratelimit-remaining-tokens");
            List<String> events = TwinClient.events(response.body());
            assertThat(TwinClient.order(events)).matches("rt{3,9}-{16}D.*-UXZ").doesNotContain("f");
            assertThat(TwinClient.joined(events, "choices.delta.audio.transcript"))
                    .isEqualTo("Sure, let me check that for you.");
            assertThat(TwinClient.first(events, "model")).isEqualTo("gpt-audio-1.5");
            assertThat(TwinClient.pcm(events).length).isBetween(60_000, 150_000);
        }
    }

    @Test
    void theFirstSoundComesAtItsTimeAndNotBefore() {
        try (Twin twin = Twin.start(AT_ONCE.withPace(250, 1_000))) {
            TwinClient client = new TwinClient(twin.baseUrl());
            client.stream(ask("say: warm")); // the first voice is being made
            long askedNanos = System.nanoTime();
            long[] soundMillis = {0};
            client.lines(ask("say: hello"), line -> {
                if (soundMillis[0] == 0 && line.contains("\"data\":")) {
                    soundMillis[0] = (System.nanoTime() - askedNanos) / 1_000_000;
                }
            });
            assertThat(soundMillis[0]).isBetween(249L, 5_000L);
        }
    }

    @Test
    void equalSeedsMakeEqualAnswers() {
        Clock still = Clock.fixed(Instant.ofEpochSecond(1_780_693_570), ZoneOffset.UTC);
        List<String> first;
        try (Twin twin = Twin.start(AT_ONCE.withMemory(3_600, still))) {
            first = new TwinClient(twin.baseUrl()).stream(ask("Why?"));
        }
        try (Twin twin = Twin.start(AT_ONCE.withMemory(3_600, still))) {
            assertThat(new TwinClient(twin.baseUrl()).stream(ask("Why?"))).isEqualTo(first);
        }
        assertThat(TwinClient.first(first, "choices.delta.audio.expires_at")).isEqualTo("1780697170");
    }

    @Test
    void aSpokenQuestionIsHeard() throws IOException {
        byte[] question = Files.readAllBytes(SharedFiles.require("audio/question-24k-3.3s.wav"));
        try (Twin twin = Twin.start(AT_ONCE)) {
            List<String> events = new TwinClient(twin.baseUrl()).stream(request(user(sound(question))));
            assertThat(TwinClient.joined(events, "choices.delta.audio.transcript"))
                    .matches("I heard 3\\.[23] seconds of speech, .* decibels\\. .*");
            assertThat(TwinClient.first(events, "usage.prompt_tokens_details.audio_tokens"))
                    .isIn("33", "32", "34");
        }
    }

    @Test
    void aCallersOwnSoundComesBack() {
        byte[] pcm = new byte[48_000];
        for (int i = 0; i < pcm.length; i++) pcm[i] = (byte) (i * 31);
        try (Twin twin = Twin.start(AT_ONCE)) {
            List<String> events = new TwinClient(twin.baseUrl())
                    .stream(request(
                            user(text("Repeat after me.") + "," + sound(Wav.write(AudioClip.of(24_000, pcm))))));
            assertThat(TwinClient.pcm(events)).isEqualTo(pcm);
            assertThat(TwinClient.joined(events, "choices.delta.audio.transcript"))
                    .isEqualTo("(your own words)");
        }
    }

    @Test
    void aLongAnswerIsAsLongAsItWasAskedToBe() {
        try (Twin twin = Twin.start(AT_ONCE)) {
            List<String> events = new TwinClient(twin.baseUrl()).stream(ask("speak for 20 seconds"));
            assertThat(TwinClient.pcm(events).length / 48_000.0).isBetween(16.0, 24.0);
        }
    }

    @Test
    void anEarlierAnswerCanBeQuotedByItsIdUntilItExpires() {
        SettableClock clock = new SettableClock();
        try (Twin twin = Twin.start(AT_ONCE.withMemory(3_600, clock))) {
            TwinClient client = new TwinClient(twin.baseUrl());
            List<String> first = client.stream(ask("say: The sea is calm."));
            String audioId = TwinClient.first(first, "choices.delta.audio.id");
            String second = request(
                    user(text("hi")),
                    "{\"role\":\"assistant\",\"audio\":{\"id\":\"" + audioId + "\"}}",
                    user(text("What did you say?")));
            List<String> answer = client.stream(second);
            assertThat(TwinClient.joined(answer, "choices.delta.audio.transcript"))
                    .isEqualTo("I said: The sea is calm.");
            assertThat(TwinClient.first(answer, "usage.prompt_tokens_details.audio_tokens"))
                    .isEqualTo(TwinClient.first(first, "usage.completion_tokens_details.audio_tokens"));

            clock.nowUnixSeconds = SettableClock.START_UNIX_SECONDS + 3_600;
            HttpResponse<String> expired = client.post("/chat/completions", second);
            assertThat(expired.statusCode()).isEqualTo(400);
            assertThat(expired.body())
                    .isEqualToIgnoringWhitespace("{\"error\":{\"message\":\"Assistant audio " + audioId
                            + " not found.\",\"type\":\"invalid_request_error\","
                            + "\"param\":\"content.messages[1].audio.id\",\"code\":\"audio_not_found\"}}");
        }
    }

    @Test
    void anAnswerInTextIsShapedAsRecorded() throws IOException {
        try (Twin twin = Twin.start(AT_ONCE)) {
            List<String> events = new TwinClient(twin.baseUrl()).stream(ask("Answer in text. say: Nice and quiet."));
            assertThat(TwinClient.order(events)).matches("rw{4,6}fUZ");
            assertThat(TwinClient.joined(events, "choices.delta.content")).isEqualTo("Nice and quiet.");
            assertThat(TwinClient.first(events, "choices.finish_reason")).isNotNull();
            assertSameKeys(
                    events, "fixtures/openai-chat-text/fantasy.openai-gpt-4o.simple_streaming.0.sse", 'r', 'w', 'f');
        }
    }

    @Test
    void aToolCallIsShapedAsRecorded() throws IOException {
        try (Twin twin = Twin.start(AT_ONCE)) {
            List<String> events =
                    new TwinClient(twin.baseUrl()).stream(ask("Please call get_weather for Paris", TOOLS));
            assertThat(TwinClient.order(events)).matches("c{3,9}fUZ");
            assertThat(TwinClient.joined(events, "choices.delta.tool_calls.function.name"))
                    .isEqualTo("get_weather");
            assertThat(TwinClient.joined(events, "choices.delta.tool_calls.function.arguments"))
                    .isEqualTo("{\"city\":\"Paris\"}");
            assertThat(events.get(events.size() - 3)).contains("\"finish_reason\":\"tool_calls\"");
            assertSameKeys(events, "fixtures/openai-chat-text/fantasy.openai-gpt-4o.tool_streaming.0.sse", 'c', 'f');
        }
    }

    @Test
    void severalToolCallsFollowOneAnother() {
        try (Twin twin = Twin.start(AT_ONCE)) {
            List<String> events = new TwinClient(twin.baseUrl())
                    .stream(ask("get_weather for Oslo and set_timer for 5 minutes", TOOLS));
            assertThat(TwinClient.order(events)).matches("rc{5,12}fUZ");
            assertThat(TwinClient.joined(events, "choices.delta.tool_calls.function.name"))
                    .isEqualTo("get_weatherset_timer");
            assertThat(TwinClient.joined(events, "choices.delta.tool_calls.index"))
                    .matches("0+1+");
        }
    }

    @Test
    void anAnswerThatIsNotStreamedIsShapedAsRecorded() throws IOException {
        String request = ask("say: Hello.")
                .replace("\"stream\":true", "\"stream\":false")
                .replace("pcm16", "wav");
        try (Twin twin = Twin.start(AT_ONCE)) {
            HttpResponse<String> response = new TwinClient(twin.baseUrl()).post("/chat/completions", request);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type")).contains("application/json");
            List<String> whole = List.of(response.body());
            AudioClip speech =
                    Wav.read(Base64.getDecoder().decode(TwinClient.first(whole, "choices.message.audio.data")));
            assertThat(speech.format().sampleRateHz()).isEqualTo(24_000);
            assertThat(speech.bytes() % 2_400).isZero();
            assertThat(TwinClient.first(whole, "usage.completion_tokens_details.audio_tokens"))
                    .isEqualTo(Integer.toString(speech.bytes() / 2_400));
            String recorded = Files.readString(SharedFiles.require(
                    "fixtures/openai-chat-audio/nonstream.gpt-audio-1.5.r2606.ChatWithAudioAsync.json"));
            assertThat(keys(response.body())).isEqualTo(keys(recorded));
        }
    }

    @Test
    void textAndToolCallsCanBeWholeToo() {
        try (Twin twin = Twin.start(AT_ONCE)) {
            TwinClient client = new TwinClient(twin.baseUrl());
            String text = ask("answer in text. say: Quiet.").replace("\"stream\":true", "\"stream\":false");
            assertThat(client.post("/chat/completions", text).body())
                    .contains("\"message\":{\"role\":\"assistant\",\"content\":\"Quiet.\",\"refusal\":null");
            String call = ask("get_weather Rome", TOOLS).replace("\"stream\":true", "\"stream\":false");
            assertThat(client.post("/chat/completions", call).body())
                    .contains("\"arguments\":\"{\\\"city\\\":\\\"Rome\\\"}\"", "\"finish_reason\":\"tool_calls\"");
        }
    }

    static String ask(String question) {
        return request(user(text(question)));
    }

    private static String ask(String question, String more) {
        return request(user(text(question))).replaceFirst("\\{", "{" + more + ",");
    }

    private static String request(String... messages) {
        return "{\"model\":\"gpt-audio-1.5\"," + SPEECH
                + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}," + "\"messages\":["
                + String.join(",", messages) + "]}";
    }

    private static String user(String parts) {
        return "{\"role\":\"user\",\"content\":[" + parts + "]}";
    }

    private static String text(String words) {
        return "{\"type\":\"text\",\"text\":\"" + words + "\"}";
    }

    private static String sound(byte[] wav) {
        return "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\""
                + Base64.getEncoder().encodeToString(wav) + "\",\"format\":\"wav\"}}";
    }

    /** The first event of each kind has the recorded one's keys in its order. */
    private static void assertSameKeys(List<String> events, String recording, char... kinds) throws IOException {
        List<String> recorded = TwinClient.events(Files.readString(SharedFiles.require(recording)));
        for (char kind : kinds) {
            String ours = events.get(TwinClient.order(events).indexOf(kind));
            String theirs = recorded.get(TwinClient.order(recorded).indexOf(kind));
            assertThat(keys(ours)).as("event " + kind).isEqualTo(keys(theirs));
        }
    }

    private static List<String> keys(String json) {
        return TwinClient.members(json).stream().map(Map.Entry::getKey).toList();
    }

    private static final class SettableClock extends Clock {
        private static final long START_UNIX_SECONDS = 1_780_693_570;

        private volatile long nowUnixSeconds = START_UNIX_SECONDS; // written by the test, read by the twin's threads

        @Override
        public Instant instant() {
            return Instant.ofEpochSecond(nowUnixSeconds);
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
