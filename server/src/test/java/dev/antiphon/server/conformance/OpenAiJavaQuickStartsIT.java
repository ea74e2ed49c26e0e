package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.audio.AudioResponseFormat;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.Transcription;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionStreamEvent;
import com.openai.models.audio.transcriptions.TranscriptionVerbose;
import com.openai.models.audio.transcriptions.TranscriptionWord;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionAssistantMessageParam;
import com.openai.models.chat.completions.ChatCompletionAudio;
import com.openai.models.chat.completions.ChatCompletionAudioParam;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartInputAudio;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionCreateParams.Modality;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionUsage;
import com.openai.models.models.Model;
import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Loudness;
import dev.antiphon.audio.Wav;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.session.TurnObserver;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs of the providers' quick-starts, with the official Java client and the embedded model: nothing is changed but
 * the base URL. All that comes back passes the client's own strict validation.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenAiJavaQuickStartsIT {
    private static final String QUESTION = "What can you hear of this?";
    private static final byte[] QUESTION_WAV = Wav.write(AudioClip.of(24_000, TestSpeech.pcm(QUESTION)));

    @TempDir
    private Path directory;

    private Gateway gateway;
    private OpenAIClient client;

    @BeforeAll
    void start() {
        gateway = Gateway.start(GatewayConfig.embedded(), TurnObserver.NONE);
        client = OpenAIOkHttpClient.builder()
                .baseUrl("http://127.0.0.1:" + gateway.address().getPort() + "/v1")
                .apiKey("no-key-is-needed")
                .maxRetries(0)
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    @AfterAll
    void stop() {
        client.close();
        gateway.close();
    }

    @Test
    void anAnswerWithVoice() {
        ChatCompletion completion = client.chat()
                .completions()
                .create(aloud("wav")
                        .addUserMessage("say: Yes, golden retrievers are good family dogs.")
                        .store(true)
                        .build())
                .validate();

        ChatCompletionAudio audio = audioOf(completion);
        assertThat(audio.transcript()).isEqualTo("Yes, golden retrievers are good family dogs.");
        assertThat(audio.id()).startsWith("audio_");
        assertThat(heardIn(fileOf(audio))).isEqualTo(audio.transcript());
        requireSpokenFor(audio, usageOf(completion));
        assertThat(completion.choices().get(0).finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
    }

    @Test
    void audioIn() {
        ChatCompletion completion = client.chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model("gpt-audio")
                        .addModality(Modality.TEXT)
                        .addUserMessageOfArrayOfContentParts(List.of(spokenQuestion()))
                        .build())
                .validate();

        assertThat(completion.choices().get(0).message().content().orElseThrow())
                .contains(lengthOfTheQuestion());
        assertThat(completion.choices().get(0).message().audio()).isEmpty();
        assertThat(audioTokensIn(completion)).isPositive();
        assertThat(usageOf(completion).completionTokensDetails().orElseThrow().audioTokens())
                .hasValue(0L);
    }

    @Test
    void speechToSpeech() {
        ChatCompletion completion = client.chat()
                .completions()
                .create(aloud("wav")
                        .addUserMessageOfArrayOfContentParts(List.of(spokenQuestion()))
                        .build())
                .validate();

        ChatCompletionAudio audio = audioOf(completion);
        assertThat(audio.transcript()).contains(lengthOfTheQuestion());
        assertThat(heardIn(fileOf(audio))).isEqualTo(audio.transcript());
        assertThat(audioTokensIn(completion)).isPositive();
        requireSpokenFor(audio, usageOf(completion));
    }

    @Test
    void whatTheModelRepeatsIsWhatWasSaidToIt() {
        ChatCompletion completion = client.chat()
                .completions()
                .create(aloud("wav")
                        .addUserMessageOfArrayOfContentParts(List.of(
                                ChatCompletionContentPart.ofText(ChatCompletionContentPartText.builder()
                                        .text("Repeat after me.")
                                        .build()),
                                spokenQuestion()))
                        .build());

        assertThat(heardIn(fileOf(audioOf(completion)))).isEqualTo(QUESTION);
    }

    @Test
    void anEarlierAnswerIsQuotedByItsAudioId() {
        String question = "say: The word is marmalade.";
        ChatCompletionAudio earlier = audioOf(client.chat()
                .completions()
                .create(aloud("wav").addUserMessage(question).build()));

        ChatCompletion completion = client.chat()
                .completions()
                .create(aloud("wav")
                        .addUserMessage(question)
                        .addMessage(quoted(earlier.id()))
                        .addUserMessage("What did you say?")
                        .build())
                .validate();

        assertThat(audioOf(completion).transcript()).isEqualTo("I said: The word is marmalade.");
        assertThat(audioTokensIn(completion))
                .as("the earlier answer is heard again")
                .isPositive();
    }

    @Test
    void anUnknownAudioIdIsRefusedWithWhereItStands() {
        ChatCompletionCreateParams unknown = aloud("wav")
                .addUserMessage("Is a golden retriever a good family dog?")
                .addMessage(quoted("audio_nobody_made"))
                .addUserMessage("Why?")
                .build();

        assertThatThrownBy(() -> client.chat().completions().create(unknown))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        fault -> requireFault(
                                fault, "invalid_request_error", "content.messages[1].audio.id", "audio_not_found"));
    }

    /** The guide asks for mp3. The embedded model makes none, and says so: hence wav. */
    @Test
    void speech() throws IOException {
        String words = "Today is a wonderful day to build something people love!";
        Path file = directory.resolve("speech.wav");

        try (HttpResponse spoken = client.audio()
                        .speech()
                        .create(order(words)
                                .instructions("Speak in a cheerful and positive tone.")
                                .responseFormat(SpeechCreateParams.ResponseFormat.WAV)
                                .build());
                InputStream body = spoken.body()) {
            assertThat(spoken.headers().values("Content-Type")).containsExactly("audio/wav");
            Files.copy(body, file);
        }

        requireAudible(Wav.read(Files.readAllBytes(file)));
        assertThat(transcriptOf(file).text()).isEqualTo(words);
        int plain = Wav.read(Files.readAllBytes(file)).bytes();
        try (HttpResponse hurried = client.audio()
                .speech()
                .create(order(words)
                        .responseFormat(SpeechCreateParams.ResponseFormat.PCM)
                        .speed(2)
                        .build())) {
            byte[] pcm = hurried.body().readAllBytes();
            assertThat(pcm.length / (double) plain).isCloseTo(0.5, within(0.02));
            assertThat(heardIn(Wav.write(AudioClip.of(24_000, pcm)))).isEqualTo(words);
        }
        assertThatThrownBy(() -> client.audio().speech().create(order(words).build()))
                .hasMessageContaining("'pcm' and 'wav'")
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        fault -> requireFault(fault, "invalid_request_error", "response_format", "unsupported_value"));
    }

    @Test
    void transcription() throws IOException {
        Path file = Files.write(directory.resolve("question.wav"), QUESTION_WAV);

        Transcription transcript = transcriptOf(file);
        assertThat(transcript.text()).isEqualTo(QUESTION);
        assertThat(transcript.usage()).isPresent();

        TranscriptionVerbose verbose = client.audio()
                .transcriptions()
                .create(TranscriptionCreateParams.builder()
                        .file(file)
                        .model("whisper-1")
                        .responseFormat(AudioResponseFormat.VERBOSE_JSON)
                        .addTimestampGranularity(TranscriptionCreateParams.TimestampGranularity.WORD)
                        .build())
                .validate()
                .asVerbose();
        assertThat(verbose.words().orElseThrow().stream().map(TranscriptionWord::word))
                .containsExactly("What", "can", "you", "hear", "of", "this");
        assertThat(verbose.duration()).isCloseTo(Wav.read(QUESTION_WAV).millis() / 1_000.0, within(0.1));
    }

    @Test
    void aTranscriptThatIsStreamed() throws IOException {
        Path file = Files.write(directory.resolve("streamed.wav"), QUESTION_WAV);
        StringBuilder text = new StringBuilder();
        List<String> whole = new ArrayList<>();

        try (StreamResponse<TranscriptionStreamEvent> stream = client.audio()
                .transcriptions()
                .createStreaming(TranscriptionCreateParams.builder()
                        .file(file)
                        .model("gpt-4o-mini-transcribe")
                        .build())) {
            stream.stream().forEach(event -> {
                event.validate();
                event.transcriptTextDelta().ifPresent(delta -> text.append(delta.delta()));
                event.transcriptTextDone().ifPresent(done -> whole.add(done.text()));
            });
        }

        assertThat(text.toString()).isEqualTo(QUESTION);
        assertThat(whole).containsExactly(QUESTION);
    }

    @Test
    void anAnswerWithVoiceThatIsStreamed() {
        StringBuilder transcript = new StringBuilder();
        ByteArrayOutputStream pcm = new ByteArrayOutputStream();
        List<String> ids = new ArrayList<>();
        List<Long> expiries = new ArrayList<>();
        List<ChatCompletionChunk.Choice.FinishReason> finishes = new ArrayList<>();
        List<CompletionUsage> usages = new ArrayList<>();

        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(aloud("pcm16")
                        .addUserMessage("say: Good morning, how can I help you?")
                        .streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            stream.stream().forEach(chunk -> {
                chunk.validate().usage().ifPresent(usages::add);
                for (ChatCompletionChunk.Choice choice : chunk.choices()) {
                    choice.finishReason().ifPresent(finishes::add);
                    choice.delta().audio().ifPresent(audio -> {
                        audio.id().ifPresent(ids::add);
                        audio.expiresAt().ifPresent(expiries::add);
                        audio.transcript().ifPresent(transcript::append);
                        audio.data()
                                .ifPresent(data ->
                                        pcm.writeBytes(Base64.getDecoder().decode(data)));
                    });
                }
            });
        }

        assertThat(transcript.toString()).isEqualTo("Good morning, how can I help you?");
        assertThat(heardIn(Wav.write(AudioClip.of(24_000, pcm.toByteArray())))).isEqualTo(transcript.toString());
        assertThat(ids).isNotEmpty().allMatch(id -> id.startsWith("audio_"));
        assertThat(expiries).hasSize(1);
        assertThat(finishes).containsExactly(ChatCompletionChunk.Choice.FinishReason.STOP);
        assertThat(usages).hasSize(1);
        assertThat(usages.get(0)
                        .completionTokensDetails()
                        .orElseThrow()
                        .audioTokens()
                        .orElseThrow())
                .isPositive();
    }

    @Test
    void theModelsAreListed() {
        assertThat(client.models().list().autoPager().stream()
                        .map(model -> model.validate().id()))
                .containsExactly("antiphon", "antiphon-twin");
        Model one = client.models().retrieve("antiphon").validate();
        assertThat(one.id()).isEqualTo("antiphon");
        assertThatThrownBy(() -> client.models().retrieve("nobody"))
                .isInstanceOfSatisfying(
                        NotFoundException.class,
                        fault -> requireFault(fault, "invalid_request_error", "model", "model_not_found"));
    }

    private static ChatCompletionCreateParams.Builder aloud(String format) {
        return ChatCompletionCreateParams.builder()
                .model("gpt-audio")
                .modalities(List.of(Modality.TEXT, Modality.AUDIO))
                .audio(ChatCompletionAudioParam.builder()
                        .voice("alloy")
                        .format(ChatCompletionAudioParam.Format.of(format))
                        .build());
    }

    private static SpeechCreateParams.Builder order(String words) {
        return SpeechCreateParams.builder()
                .model("gpt-4o-mini-tts")
                .voice("coral")
                .input(words);
    }

    private static ChatCompletionContentPart spokenQuestion() {
        return ChatCompletionContentPart.ofInputAudio(ChatCompletionContentPartInputAudio.builder()
                .inputAudio(ChatCompletionContentPartInputAudio.InputAudio.builder()
                        .data(Base64.getEncoder().encodeToString(QUESTION_WAV))
                        .format(ChatCompletionContentPartInputAudio.InputAudio.Format.WAV)
                        .build())
                .build());
    }

    private static ChatCompletionAssistantMessageParam quoted(String audioId) {
        return ChatCompletionAssistantMessageParam.builder()
                .audio(ChatCompletionAssistantMessageParam.Audio.builder()
                        .id(audioId)
                        .build())
                .build();
    }

    /** How the embedded model says what it was given to hear. */
    private static String lengthOfTheQuestion() {
        double seconds = Wav.read(QUESTION_WAV).millis() / 1_000.0;
        return String.format(Locale.ROOT, "I heard %.1f seconds of speech", seconds);
    }

    private Transcription transcriptOf(Path file) {
        return client.audio()
                .transcriptions()
                .create(TranscriptionCreateParams.builder()
                        .file(file)
                        .model("gpt-4o-transcribe")
                        .build())
                .validate()
                .asTranscription();
    }

    /** What the gateway's own ears make of a file that it made. */
    private String heardIn(byte[] wav) {
        requireAudible(Wav.read(wav));
        try {
            return transcriptOf(Files.write(directory.resolve("heard.wav"), wav))
                    .text();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ChatCompletionAudio audioOf(ChatCompletion completion) {
        return completion.choices().get(0).message().audio().orElseThrow();
    }

    private static byte[] fileOf(ChatCompletionAudio audio) {
        return Base64.getDecoder().decode(audio.data());
    }

    private static CompletionUsage usageOf(ChatCompletion completion) {
        return completion.usage().orElseThrow();
    }

    private static long audioTokensIn(ChatCompletion completion) {
        return usageOf(completion)
                .promptTokensDetails()
                .orElseThrow()
                .audioTokens()
                .orElseThrow();
    }

    /** As loud as speech, and as long as its words take. */
    private static void requireAudible(AudioClip clip) {
        assertThat(clip.millis()).isGreaterThan(500);
        assertThat(Loudness.rmsDbfs(Unpooled.wrappedBuffer(clip.toByteArray()))).isGreaterThan(-40);
    }

    private static void requireSpokenFor(ChatCompletionAudio audio, CompletionUsage usage) {
        assertThat(Wav.read(fileOf(audio)).millis())
                .isGreaterThan(audio.transcript().length() * 30L)
                .isLessThan(audio.transcript().length() * 200L);
        assertThat(usage.completionTokensDetails().orElseThrow().audioTokens().orElseThrow())
                .isPositive();
        assertThat(usage.totalTokens()).isEqualTo(usage.promptTokens() + usage.completionTokens());
    }

    private static void requireFault(OpenAIServiceException fault, String type, String param, String code) {
        assertThat(fault.type()).hasValue(type);
        assertThat(fault.param()).hasValue(param);
        assertThat(fault.code()).hasValue(code);
    }
}
