package dev.antiphon.server.upstream;

import static dev.antiphon.server.testing.ScriptedUpstream.chunk;
import static dev.antiphon.server.testing.ScriptedUpstream.head;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.server.testing.ScriptedUpstream.Request;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.twin.speech.Speakers;
import dev.antiphon.server.twin.speech.TwinVoice;
import dev.antiphon.server.upstream.UpstreamSettings.Deadlines;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionRequest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A transcription over the connections that carry the answers. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
final class UpstreamTranscriptionTest {
    private static final TranscriptionRequest REQUEST = request("gpt-4o-transcribe");
    private static final String USAGE = "\"usage\":{\"type\":\"duration\",\"seconds\":2}";
    private static final String COMPLETED = "completed Hello. Duration[seconds=2.0]";

    private final ScriptedUpstream upstream = ScriptedUpstream.open();
    private final LoopbackClient client = new LoopbackClient(LoopbackClient.settings(upstream.baseUrl()));
    private final RecordingTranscript transcript = new RecordingTranscript();

    @AfterEach
    void everythingSaidWasAsserted() throws IOException {
        client.settle();
        client.close();
        upstream.close();
        assertThat(transcript.drain()).isEmpty();
    }

    @Test
    void theRequestCarriesTheClipAsAForm() throws Exception {
        client.transcribe(REQUEST, transcript);
        Connection connection = upstream.accept();
        Request request = connection.readRequest();
        assertThat(request.line()).isEqualTo("POST /v1/audio/transcriptions HTTP/1.1");
        assertThat(request.headers())
                .containsOnlyKeys("host", "user-agent", "accept", "accept-encoding", "content-type", "content-length")
                .containsEntry("host", "127.0.0.1:" + upstream.port());
        String contentType = request.headers().getOrDefault("content-type", "");
        assertThat(contentType).startsWith("multipart/form-data; boundary=");
        String boundary = contentType.substring(contentType.indexOf('=') + 1);
        assertThat(request.body())
                .startsWith("--" + boundary + "\r\n")
                .contains("name=\"model\"\r\n\r\ngpt-4o-transcribe\r\n")
                .endsWith("--" + boundary + "--\r\n");
        sendStream(connection);
        assertThat(transcript.next()).isEqualTo("delta Hel");
        assertThat(transcript.next()).isEqualTo("delta lo.");
        assertThat(transcript.next()).isEqualTo(COMPLETED);
    }

    @Test
    void azureIsAskedForTheDeploymentOfTheModel() throws Exception {
        UpstreamEndpoint azure = UpstreamEndpoint.azure(
                "http://127.0.0.1:" + upstream.port(), "2025-01-01-preview", new Credentials.ApiKey(Secret.of("k")));
        try (LoopbackClient classic = new LoopbackClient(UpstreamSettings.of(azure))) {
            classic.transcribe(request("whisper-1"), transcript);
            Connection connection = upstream.accept();
            Request request = connection.readRequest();
            assertThat(request.line())
                    .isEqualTo("POST /openai/deployments/whisper-1/audio/transcriptions?api-version=2025-01-01-preview"
                            + " HTTP/1.1");
            assertThat(request.headers()).containsEntry("api-key", "k");
            sendDocument(connection, "{\"text\":\"Hello.\"," + USAGE + "}");
            assertThat(transcript.next()).isEqualTo(COMPLETED);
        }
    }

    @Test
    void aLongClipArrivesWhole() throws Exception {
        int clipBytes = 15_000_000;
        AudioClip clip = AudioClip.of(24_000, new byte[clipBytes]);
        client.transcribe(new TranscriptionRequest("whisper-1", clip, null, null), transcript);
        Connection connection = upstream.accept();
        assertThat(connection.readRequest().body()).hasSizeGreaterThan(clipBytes);
        sendDocument(connection, "{\"text\":\"Hello.\"," + USAGE + "}");
        assertThat(transcript.next()).isEqualTo(COMPLETED);
    }

    @Test
    void theConnectionServesAnswersAndTranscriptsByTurns() throws Exception {
        client.transcribe(REQUEST, transcript);
        Connection connection = upstream.accept();
        connection.readRequest();
        sendStream(connection);
        assertThat(List.of(transcript.next(), transcript.next(), transcript.next()))
                .contains(COMPLETED);
        RecordingInlet inlet = new RecordingInlet();
        client.settle();
        client.start(inlet);
        assertThat(connection.readRequest().line()).isEqualTo("POST /v1/chat/completions HTTP/1.1");
        connection.answer("hi");
        assertThat(inlet.next()).isEqualTo("text hi");
        assertThat(inlet.next()).isEqualTo("completed");
        client.settle();
        client.transcribe(request("whisper-1"), transcript);
        assertThat(connection.readRequest().line()).isEqualTo("POST /v1/audio/transcriptions HTTP/1.1");
        sendDocument(connection, "{\"text\":\"Hello.\"," + USAGE + "}");
        assertThat(transcript.next()).isEqualTo(COMPLETED);
    }

    @Test
    void aKeptConnectionThatWasDeadIsReplaced() throws Exception {
        client.transcribe(request("whisper-1"), transcript);
        Connection first = upstream.accept();
        first.readRequest();
        sendDocument(first, "{\"text\":\"Hello.\"," + USAGE + "}");
        assertThat(transcript.next()).isEqualTo(COMPLETED);
        client.settle();
        client.transcribe(REQUEST, transcript);
        first.readRequest();
        first.close();
        Connection second = upstream.accept();
        assertThat(second.readRequest().body()).contains("name=\"stream\"").endsWith("--\r\n");
        sendStream(second);
        assertThat(List.of(transcript.next(), transcript.next(), transcript.next()))
                .contains(COMPLETED);
    }

    @Test
    void aRefusalSaysWhatItComplainsOf() throws Exception {
        client.transcribe(REQUEST, transcript);
        Connection connection = upstream.accept();
        connection.readRequest();
        String body = "{\"error\":{\"message\":\"Invalid language\",\"param\":\"language\"}}";
        connection.send(head(
                        "HTTP/1.1 400 Bad Request",
                        "Content-Type: application/json",
                        "x-ratelimit-limit-requests: 10",
                        "x-ratelimit-remaining-requests: 9",
                        "Content-Length: " + body.length())
                + body);
        assertThat(transcript.next()).isEqualTo("fault REFUSED 400");
        assertThat(transcript.fault().param()).isEqualTo("language");
    }

    @Test
    void aFailureThatIsKnownAtOnceIsToldLater() throws Exception {
        client.client().close();
        client.settle();
        upstream.close();
        List<String> saidInside = client.onLoop(() -> {
            client.transcriptions().start(REQUEST, transcript);
            return transcript.drain();
        });
        assertThat(saidInside).isEmpty();
        assertThat(transcript.next()).isEqualTo("fault UNREACHABLE 0 retryable");
    }

    @Test
    void aServerThatFallsSilentIsLeft() throws Exception {
        UpstreamSettings impatient =
                LoopbackClient.settings(upstream.baseUrl()).withDeadlines(new Deadlines(5_000, 30_000, 50, 50, 50));
        try (LoopbackClient left = new LoopbackClient(impatient)) {
            left.transcribe(REQUEST, transcript);
            Connection connection = upstream.accept();
            assertThat(transcript.next()).isEqualTo("fault TIMEOUT 0 retryable");
            connection.readRequest();
            assertThat(connection.isClosedByClient()).isTrue();
        }
    }

    @Test
    void aStreamThatIsCompleteNeedsNoDone() throws Exception {
        UpstreamSettings impatient =
                LoopbackClient.settings(upstream.baseUrl()).withDeadlines(new Deadlines(5_000, 30_000, 30_000, 50));
        try (LoopbackClient left = new LoopbackClient(impatient)) {
            left.transcribe(REQUEST, transcript);
            Connection connection = upstream.accept();
            connection.readRequest();
            connection.sendStreamHead();
            connection.sendEvent("{\"type\":\"transcript.text.done\",\"text\":\"Hello.\"," + USAGE + "}");
            assertThat(transcript.next()).isEqualTo(COMPLETED);
        }
    }

    @Test
    void nothingArrivesAfterCancel() throws Exception {
        TranscriptionCalls.Call call = client.transcribe(REQUEST, transcript);
        Connection connection = upstream.accept();
        connection.readRequest();
        client.run(call::cancel);
        client.run(call::cancel);
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @Test
    void cancelFromInsideADeltaIsTheLastThingHeard() throws Exception {
        transcript.onEachDelta(client.transcribe(REQUEST, transcript)::cancel);
        Connection connection = upstream.accept();
        connection.readRequest();
        sendStream(connection);
        assertThat(transcript.next()).isEqualTo("delta Hel");
        client.settle();
        transcript.onEachDelta(() -> {});
        // The whole answer came in one read: the connection is as good as before.
        client.transcribe(request("whisper-1"), transcript);
        connection.readRequest();
        sendDocument(connection, "{\"text\":\"Hello.\"," + USAGE + "}");
        assertThat(transcript.next()).isEqualTo(COMPLETED);
    }

    @Test
    void cancelFromInsideTheFirstDeltaOfAnUnfinishedStreamBreaksTheConnection() throws Exception {
        transcript.onEachDelta(client.transcribe(REQUEST, transcript)::cancel);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        connection.send(chunk(delta("Hel") + delta("lo.")));
        assertThat(transcript.next()).isEqualTo("delta Hel");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @Test
    void theEmbeddedModelWritesDownWhatItIsSent() throws Exception {
        AudioClip speech = new Speakers().speak("Is it raining?", TwinVoice.ECHO);
        try (Twin twin = Twin.start(TwinSettings.defaults().withPace(0, 1_000));
                LoopbackClient toTwin = new LoopbackClient(
                        LoopbackClient.settings(twin.baseUrl().toString()))) {
            toTwin.transcribe(new TranscriptionRequest("gpt-4o-transcribe", speech, "en", "weather\r\n--"), transcript);
            StringBuilder pieces = new StringBuilder();
            String line = transcript.next();
            for (; line.startsWith("delta "); line = transcript.next()) pieces.append(line.substring(6));
            assertThat(pieces).hasToString("Is it raining?");
            assertThat(line).startsWith("completed Is it raining? Tokens[");
            toTwin.transcribe(new TranscriptionRequest("whisper-1", speech, null, null), transcript);
            assertThat(transcript.next()).startsWith("completed Is it raining? Duration[");
            toTwin.transcribe(request("fault:429"), transcript);
            assertThat(transcript.next()).isEqualTo("fault REFUSED 400");
            toTwin.transcribe(new TranscriptionRequest("fault:429", speech, null, null), transcript);
            assertThat(transcript.next()).isEqualTo("fault REFUSED 429 retryable");
            toTwin.transcribe(new TranscriptionRequest("fault:html", speech, null, null), transcript);
            assertThat(transcript.next()).isEqualTo("fault INVALID 200");
            toTwin.transcribe(new TranscriptionRequest("whisper-1", speech, "xx!", null), transcript);
            assertThat(transcript.next()).isEqualTo("fault REFUSED 400");
            assertThat(transcript.fault().code()).isEqualTo("invalid_language_format");
        }
    }

    @Test
    void theEmbeddedModelCanFallSilent() throws Exception {
        AudioClip speech = AudioClip.of(24_000, new byte[48_000]);
        try (Twin twin = Twin.start(TwinSettings.defaults().withPace(0, 1_000));
                LoopbackClient toTwin = new LoopbackClient(
                        LoopbackClient.settings(twin.baseUrl().toString())
                                .withDeadlines(new Deadlines(5_000, 5_000, 50, 50)))) {
            toTwin.transcribe(new TranscriptionRequest("fault:silence", speech, null, null), transcript);
            assertThat(transcript.next()).isEqualTo("fault TIMEOUT 200");
        }
    }

    private static void sendStream(Connection connection) throws IOException {
        connection.send(head(
                        "HTTP/1.1 200 OK",
                        "Content-Type: text/event-stream; charset=utf-8",
                        "Transfer-Encoding: chunked",
                        "x-ratelimit-limit-requests: 10",
                        "x-ratelimit-remaining-requests: 9")
                + chunk(delta("Hel")
                        + delta("lo.")
                        + "data: {\"type\":\"transcript.text.done\",\"text\":\"Hello.\"," + USAGE + "}\r\n\r\n"
                        + "data: [DONE]\r\n\r\n")
                + "0\r\n\r\n");
    }

    private static String delta(String text) {
        return "data: {\"type\":\"transcript.text.delta\",\"delta\":\"" + text + "\"}\r\n\r\n";
    }

    private static void sendDocument(Connection connection, String json) throws IOException {
        connection.send(
                head("HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: " + json.length()) + json);
    }

    private static TranscriptionRequest request(String model) {
        return new TranscriptionRequest(model, AudioClip.of(24_000, new byte[480]), null, null);
    }
}
