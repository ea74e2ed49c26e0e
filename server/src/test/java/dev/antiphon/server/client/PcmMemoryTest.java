package dev.antiphon.server.client;

import static dev.antiphon.server.client.ClientOnAChannel.BINARY;
import static dev.antiphon.server.client.ClientOnAChannel.frame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.server.client.ClientOnAChannel.Frame;
import dev.antiphon.session.ClientOutlet;
import dev.antiphon.session.MemorySettings;
import dev.antiphon.session.Session;
import dev.antiphon.session.SessionIds;
import dev.antiphon.session.SessionLimits;
import dev.antiphon.session.SessionPorts;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionStart;
import dev.antiphon.session.Timers;
import dev.antiphon.session.TurnObserver;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.turn.TurnDetector;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol with a real session behind it and a model that says what the test says: what the next request knows. */
@ExtendWith(NoBufferLeaks.class)
class PcmMemoryTest {
    private static final AudioFormat MODEL = AudioFormat.PCM16_24KHZ;
    /** As slow as the ledger takes speech to be, or slower: a word heard is a word known. */
    private static final int WORD_MILLIS = 400;

    private final ScriptedModel model = new ScriptedModel();
    private final ClientOnAChannel client = new ClientOnAChannel(model::newSession);

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void whatWasCutIsKnownAsFarAsTheClockSaysItWasPlayed() {
        begin("?lead_ms=2000");
        answerInWords(50);
        play(4_000);
        send("{\"type\":\"cancel\"}");
        assertThat(wordsKnownNext()).isBetween(9, 10);
    }

    @Test
    void theClientsWordMovesWhatTheNextRequestSaysWasHeard() {
        begin("?lead_ms=2000");
        answerInWords(50);
        play(4_000);
        send("{\"type\":\"cancel\"}");
        String item = valueOf(takeTexts("\"clear\"").get(0), "item");
        send("{\"type\":\"played\",\"item\":\"" + item + "\",\"ms\":2000}");
        assertThat(wordsKnownNext()).isBetween(4, 5);
    }

    @Test
    void aWordThatComesTooLateMovesNothing() {
        begin("?lead_ms=2000");
        answerInWords(50);
        play(4_000);
        send("{\"type\":\"cancel\"}");
        String item = valueOf(takeTexts("\"clear\"").get(0), "item");
        client.advanceMillis(251);
        send("{\"type\":\"played\",\"item\":\"" + item + "\",\"ms\":2000}");
        assertThat(wordsKnownNext()).isBetween(9, 10);
    }

    @Test
    void speechIntoTheAnswerCutsItAndTheClientsWordCountsThereToo() {
        begin("?lead_ms=2000");
        answerInWords(50);
        play(4_000);
        speak(400);
        List<String> texts = takeTexts("\"speech\"", "\"clear\"");
        assertThat(texts).hasSize(2);
        assertThat(texts.get(0)).contains("\"state\":\"start\"");
        assertThat(texts.get(1)).contains("\"reason\":\"barge-in\"");
        send("{\"type\":\"played\",\"item\":\"" + valueOf(texts.get(1), "item") + "\",\"ms\":1200}");
        assertThat(model.isCancelled).isTrue();
        model.say("more ", 1_000);
        model.ring();
        for (int i = 0; i < 50; i++) client.send(frame(BINARY, true, new byte[640]));
        List<ChatMessage> known = model.lastRequest().messages();
        assertThat(known).hasSize(4); // typed, heard, and the word that answers are spoken, and what was said into it
        assertThat(wordsIn(known)).isBetween(2, 3);
        assertThat(client.takeFrames()).noneMatch(frame -> frame.opcode() == BINARY);
    }

    @Test
    void whatWasPlayedWholeIsKnownWhole() {
        begin("?lead_ms=400");
        answerInWords(5);
        model.end();
        play(4_000);
        send("{\"type\":\"cancel\"}");
        assertThat(wordsKnownNext()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"?rate=8000", "", "?rate=24000", "?rate=48000", "?encoding=ulaw"})
    void allThatTheModelSaysArrivesInTheClientsFormat(String query) {
        begin(query);
        send("{\"type\":\"text\",\"text\":\"Speak.\"}");
        client.takeFrames();
        model.say("Hello. ", 1_000);
        model.say("World.", 1_013);
        model.ring();
        model.end();
        long bytes = 0;
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            for (Frame frame : client.takeFrames()) {
                if (frame.opcode() == BINARY) bytes += frame.bytes();
                else texts.add(frame.text());
            }
            client.advanceMillis(100);
        }
        long bytesPerMilli =
                query.contains("ulaw") ? 8 : query.isEmpty() ? 32 : Long.parseLong(query.substring(6)) / 500;
        assertThat(bytes).isEqualTo(2_013 * bytesPerMilli);
        assertThat(texts).hasSize(3).element(1).asString().contains("\"state\":\"end\"", "\"ms\":2013");
    }

    private void begin(String query) {
        client.send(client.upgradeRequest("/v1/pcm" + query, ""));
        assertThat(client.takeText()).startsWith("HTTP/1.1 101 ");
        send("{\"type\":\"start\"}");
        assertThat(takeTexts("\"ready\"")).hasSize(1);
    }

    /** Typed, so that no audio is needed; the model then says so many words, all at once. */
    private void answerInWords(int words) {
        send("{\"type\":\"text\",\"text\":\"Count.\"}");
        for (int i = 0; i < words; i++) model.say("word ", WORD_MILLIS);
        model.ring();
        client.takeFrames();
    }

    /** In steps shorter than the pacer's. */
    private void play(int millis) {
        for (int at = 0; at < millis; at += 20) client.advanceMillis(20);
    }

    private void speak(int millis) {
        Random noise = new Random(1);
        for (int at = 0; at < millis; at += 20) {
            byte[] pcm = new byte[640];
            for (int i = 0; i < pcm.length; i += 2) pcm[i + 1] = (byte) (noise.nextInt(60) - 30);
            client.send(frame(BINARY, true, pcm));
        }
    }

    private void send(String text) {
        client.sendText(text);
    }

    private List<String> takeTexts(String... types) {
        List<String> texts = new ArrayList<>();
        for (Frame frame : client.takeFrames()) {
            for (String type : types) {
                if (frame.text().contains("{\"type\":" + type)) texts.add(frame.text());
            }
        }
        return texts;
    }

    private static String valueOf(String json, String field) {
        int from = json.indexOf("\"" + field + "\":\"") + field.length() + 4;
        return json.substring(from, json.indexOf('"', from));
    }

    /** How many words of the answer the model is told of in the request for the next. */
    private int wordsKnownNext() {
        send("{\"type\":\"text\",\"text\":\"Go on.\"}");
        return wordsIn(model.lastRequest().messages());
    }

    private static int wordsIn(List<ChatMessage> messages) {
        for (ChatMessage message : messages) {
            if (message instanceof ChatMessage.AssistantMessage answer && answer.text() != null) {
                return answer.text().strip().split(" ").length;
            }
        }
        return 0;
    }

    /** A model that says what it is told, into the session that asked last. */
    private final class ScriptedModel implements UpstreamCalls {
        private final List<ChatRequest> requests = new ArrayList<>();
        private final List<ReplyInlet> replies = new ArrayList<>();
        private final List<Session> sessions = new ArrayList<>();
        private boolean isCancelled;

        Session newSession(Opening opening, ClientOutlet outlet, Timers timers, EventLoop loop) {
            Session session = new Session(
                    "sess_1",
                    new SessionStart(
                            SessionSettings.defaults("m", "alloy"),
                            SessionIds.random(1),
                            SessionLimits.DEFAULT,
                            MemorySettings.DEFAULT,
                            TurnDetector::of,
                            1_700_000_000),
                    new SessionPorts(outlet, this, (request, out) -> () -> {}, timers, TurnObserver.NONE));
            sessions.add(session);
            return session;
        }

        ChatRequest lastRequest() {
            return requests.get(requests.size() - 1);
        }

        void say(String words, int millis) {
            ReplyInlet reply = replies.get(0);
            reply.onTranscript(words);
            int bytes = (int) MODEL.bytesOf(MODEL.samplesInMillis(millis));
            ByteBuf pcm = Unpooled.wrappedBuffer(new byte[bytes]);
            reply.onAudio(pcm);
            pcm.release();
        }

        void end() {
            replies.get(0).onCompleted();
            ring();
        }

        void ring() {
            sessions.get(0).onReplyReadable(client.ticker.nanoTime());
        }

        @Override
        public Call start(ChatRequest request, ReplyInlet reply) {
            requests.add(request);
            replies.add(reply);
            return new Call() {
                @Override
                public void cancel() {
                    isCancelled = true;
                }

                @Override
                public void resumeReads() {}
            };
        }
    }
}
