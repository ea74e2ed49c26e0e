package dev.antiphon.bench.micro.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.OpenAIClientImpl;
import com.openai.core.ClientOptions;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.antiphon.bench.micro.LoopThreads;
import dev.antiphon.bench.micro.ReadPieces;
import dev.antiphon.testing.CountingReplyListener;
import dev.antiphon.testing.RecordedGrammar;
import dev.antiphon.upstream.ReplyDecoder;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A whole spoken answer from the bytes of its body to its samples, by us and by what a Java program would use today:
 * openai-java over a transport in memory, and Jackson's tree with the JDK's base64. {@link #copyAndJdkDecode} is the floor.
 *
 * <p>All say how many bytes of sound they found, and it must be as many.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.JVM_ARGUMENT, LoopThreads.JVM_ARGUMENT_CLASS})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class PeersBenchmark {
    private static final int MAX_EVENT_BYTES = 1 << 20;
    private static final int AUDIO_EVENTS = 10;
    private static final String DATA = "data: ";
    private static final int READ_BYTES = 16 * 1024;

    /** A file with the body of a recorded answer; {@code grammar}: 4 s of speech in the recorded grammar. */
    @Param("grammar")
    public String stream = "grammar";

    private final ObjectMapper mapper = new ObjectMapper();
    private final ChatCompletionCreateParams question = ChatCompletionCreateParams.builder()
            .model("gpt-audio-1.5")
            .addUserMessage("Speak.")
            .build();
    private byte[] body = {};
    private ReadPieces pieces = new ReadPieces(new byte[1], 0);
    private List<byte[]> sounds = List.of();
    private byte[] heap = {};
    private OpenAIClient client = clientOf(new byte[0]);

    @Setup(Level.Trial)
    public void open() throws IOException {
        pieces.release();
        client.close();
        body = stream.equals("grammar")
                ? RecordedGrammar.stream(
                        RecordedGrammar.speech(AUDIO_EVENTS * RecordedGrammar.PIECE_BYTES),
                        Collections.nCopies(14, " word"))
                : Files.readAllBytes(Path.of(stream));
        pieces = new ReadPieces(body, READ_BYTES);
        heap = new byte[body.length];
        client = clientOf(body);
        sounds = new ArrayList<>();
        for (String line : new String(body, StandardCharsets.UTF_8).lines().toList()) {
            if (!line.startsWith(DATA + "{")) continue;
            JsonNode data =
                    audioOf(mapper.readTree(line.substring(DATA.length()))).path("data");
            if (data.isTextual()) sounds.add(data.textValue().getBytes(StandardCharsets.ISO_8859_1));
        }
        long expected = copyAndJdkDecode();
        if (expected == 0 || antiphon() != expected || openaiJava() != expected || jacksonTree() != expected) {
            throw new AssertionError("not the same sound: " + expected + " bytes, we " + antiphon() + ", openai-java "
                    + openaiJava() + ", tree " + jacksonTree());
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        pieces.release();
        pieces = new ReadPieces(new byte[1], 0);
        client.close();
    }

    @Benchmark
    public long antiphon() {
        CountingReplyListener heard = new CountingReplyListener();
        ReplyDecoder decoder = new ReplyDecoder(MAX_EVENT_BYTES, heard);
        decoder.onHead(200, "text/event-stream");
        for (int i = 0; i < pieces.count(); i++) decoder.onBody(pieces.piece(i));
        if (!decoder.isTerminated()) throw new AssertionError("[DONE] was not heard");
        return heard.pcmBytes();
    }

    @Benchmark
    public long openaiJava() {
        long[] pcmBytes = {0};
        try (StreamResponse<ChatCompletionChunk> chunks =
                client.chat().completions().createStreaming(question)) {
            chunks.stream().forEach(chunk -> pcmBytes[0] += soundOf(chunk));
        }
        return pcmBytes[0];
    }

    @Benchmark
    public long jacksonTree() throws IOException {
        long pcmBytes = 0;
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(new ByteArrayInputStream(body), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.startsWith(DATA + "{")) continue;
            JsonNode data =
                    audioOf(mapper.readTree(line.substring(DATA.length()))).path("data");
            if (data.isTextual()) pcmBytes += Base64.getDecoder().decode(data.textValue()).length;
        }
        return pcmBytes;
    }

    @Benchmark
    public long copyAndJdkDecode() {
        int at = 0;
        for (int i = 0; i < pieces.count(); i++) {
            var piece = pieces.piece(i);
            int bytes = piece.readableBytes();
            piece.readBytes(heap, at, bytes);
            at += bytes;
        }
        long pcmBytes = 0;
        for (byte[] sound : sounds) pcmBytes += Base64.getDecoder().decode(sound, heap);
        return pcmBytes;
    }

    /** Ticks have no choices at all, which the plain accessor takes for an error. */
    private static long soundOf(ChatCompletionChunk chunk) {
        long pcmBytes = 0;
        for (ChatCompletionChunk.Choice choice : chunk._choices().asKnown().orElse(List.of())) {
            ChatCompletionChunk.Choice.Delta.Audio audio =
                    choice.delta().audio().orElse(null);
            String base64 = audio == null ? "" : audio.data().orElse("");
            pcmBytes += Base64.getDecoder().decode(base64).length;
        }
        return pcmBytes;
    }

    private static JsonNode audioOf(JsonNode event) {
        return event.path("choices").path(0).path("delta").path("audio");
    }

    private static OpenAIClient clientOf(byte[] body) {
        return new OpenAIClientImpl(ClientOptions.builder()
                .httpClient(new CannedHttp(body))
                .apiKey("none")
                .build());
    }
}
