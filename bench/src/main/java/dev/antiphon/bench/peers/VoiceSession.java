package dev.antiphon.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionAudioParam;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartInputAudio;
import com.openai.models.chat.completions.ChatCompletionContentPartInputAudio.InputAudio;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.java_websocket.WebSocket;
import org.java_websocket.exceptions.WebsocketNotConnectedException;
import org.jspecify.annotations.Nullable;

/**
 * One caller: the sound of the newest turn, and the call that answers it.
 *
 * <p>Threading: thread-safe; what is under way is guarded by the session, the rest belongs to the socket's thread.
 */
final class VoiceSession {
    private static final int SAMPLE_RATE_HZ = 24_000;
    /** Four seconds: who goes on longer is heard from there. */
    private static final int MOST_TURN_BYTES = 4 * 2 * SAMPLE_RATE_HZ;

    private final OpenAIClient openai;
    private final ExecutorService turns;
    private final JsonMapper json;
    private final WebSocket socket;
    private final Deque<byte[]> audio = new ArrayDeque<>();
    private int audioBytes;
    private List<ChatCompletionContentPart> turn = List.of();
    private @Nullable Reply underWay;

    VoiceSession(OpenAIClient openai, ExecutorService turns, JsonMapper json, WebSocket socket) {
        this.openai = openai;
        this.turns = turns;
        this.json = json;
        this.socket = socket;
    }

    void append(String base64) {
        byte[] chunk = Base64.getDecoder().decode(base64);
        audio.add(chunk);
        audioBytes += chunk.length;
        while (audioBytes > MOST_TURN_BYTES) audioBytes -= audio.remove().length;
    }

    void commit() {
        String wav = Base64.getEncoder().encodeToString(wav());
        audio.clear();
        audioBytes = 0;
        turn = List.of(ChatCompletionContentPart.ofInputAudio(ChatCompletionContentPartInputAudio.builder()
                .inputAudio(InputAudio.builder()
                        .data(wav)
                        .format(InputAudio.Format.WAV)
                        .build())
                .build()));
    }

    void say(JsonNode content) {
        List<ChatCompletionContentPart> parts = new ArrayList<>();
        for (JsonNode part : content) {
            parts.add(ChatCompletionContentPart.ofText(ChatCompletionContentPartText.builder()
                    .text(part.path("text").asText())
                    .build()));
        }
        turn = parts;
    }

    synchronized void respond() {
        cancel();
        Reply reply = new Reply(ChatCompletionCreateParams.builder()
                .model("gpt-audio")
                .modalities(
                        List.of(ChatCompletionCreateParams.Modality.TEXT, ChatCompletionCreateParams.Modality.AUDIO))
                .audio(ChatCompletionAudioParam.builder()
                        .voice("alloy")
                        .format(ChatCompletionAudioParam.Format.PCM16)
                        .build())
                .addUserMessageOfArrayOfContentParts(turn)
                .build());
        underWay = reply;
        turns.execute(reply);
    }

    synchronized void cancel() {
        if (underWay != null) underWay.cancel();
        underWay = null;
    }

    /** The type first, as the Realtime protocol has it and its readers may expect. */
    private ObjectNode event(String type) {
        return json.createObjectNode().put("type", type);
    }

    private byte[] wav() {
        ByteBuffer wav = ByteBuffer.allocate(44 + audioBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(36 + audioBytes)
                .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
                .putInt(16)
                .putShort((short) 1)
                .putShort((short) 1)
                .putInt(SAMPLE_RATE_HZ)
                .putInt(SAMPLE_RATE_HZ * 2)
                .putShort((short) 2)
                .putShort((short) 16)
                .put("data".getBytes(StandardCharsets.US_ASCII))
                .putInt(audioBytes);
        audio.forEach(wav::put);
        return wav.array();
    }

    /** One streamed call. */
    private final class Reply implements Runnable {
        private final ChatCompletionCreateParams request;
        private volatile boolean cancelled; // written by the socket's thread, read by the turn's

        Reply(ChatCompletionCreateParams request) {
            this.request = request;
        }

        @Override
        public void run() {
            String status = "completed";
            try (StreamResponse<ChatCompletionChunk> chunks =
                    openai.chat().completions().createStreaming(request)) {
                chunks.stream().takeWhile(chunk -> !cancelled).forEach(this::onChunk);
            } catch (WebsocketNotConnectedException e) {
                return;
            } catch (RuntimeException e) {
                if (!cancelled) {
                    status = "failed";
                    System.err.println(e);
                }
            }
            if (cancelled) status = "cancelled";
            if (!socket.isOpen()) return;
            ObjectNode done = event("response.done");
            done.putObject("response").put("status", status);
            socket.send(done.toString());
        }

        /** The stream belongs to the turn's thread: only there it may be closed. */
        void cancel() {
            cancelled = true;
        }

        private void onChunk(ChatCompletionChunk chunk) {
            for (ChatCompletionChunk.Choice choice : chunk._choices().asKnown().orElse(List.of())) {
                choice.delta()
                        .audio()
                        .flatMap(sound -> sound.data())
                        .ifPresent(data -> socket.send(event("response.output_audio.delta")
                                .put("delta", data)
                                .toString()));
            }
        }
    }
}
