package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.config.GatewayConfig.Model;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.session.TurnObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random barge-ins: the client stops somewhere, says where, and asks what was said. What the model knows must be the words
 * that were heard, as ADR 0003 counts them; the client counts them for itself, from the events in their order.
 */
@Exercises("plain WebSocket client: 1,000 random barge-ins, each with truncate")
class BargeInMemoryIT {
    private static final int BARGE_INS = Integer.getInteger("antiphon.bargeins", 1_000);
    private static final int BARGE_INS_OF_A_SESSION = 50;
    private static final long SEED = Long.getLong("antiphon.seed", 20_261_120);
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    private static final int FRAME_MILLIS = 20;
    private static final String QUOTE = "I said: ";

    private final Random random = new Random(SEED);
    private final List<byte[]> interruption = new ArrayList<>();
    private int cut;
    private int unheard;
    private String knownBefore = ""; // in this session; empty: nothing

    BargeInMemoryIT() {
        interruption.addAll(TestSpeech.frames("Stop now."));
        interruption.addAll(TestSpeech.silence(700));
    }

    @Test
    @Timeout(240)
    void theModelKnowsWhatWasHeardEachTime() throws IOException {
        TwinSettings quick = TwinSettings.defaults().withPace(0, 200).withSeed(SEED);
        GatewayConfig config = GatewayConfig.embedded().withModel(new Model.Embedded(quick));
        try (Gateway gateway = Gateway.start(config, TurnObserver.NONE)) {
            for (int i = 0; i < BARGE_INS; i += BARGE_INS_OF_A_SESSION) {
                try (PlainSocketClient client = new PlainSocketClient(gateway.realtimeUrl(), "twin")) {
                    client.await("session.created");
                    client.send("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":"
                            + "{\"turn_detection\":{\"type\":\"server_vad\",\"create_response\":false}}}}}");
                    client.await("session.updated");
                    knownBefore = "";
                    for (int j = 0; j < BARGE_INS_OF_A_SESSION; j++) bargeIn(client, i + j);
                }
            }
        }
        assertThat(cut).as("answers that were cut in their middle").isGreaterThan(BARGE_INS / 4);
        assertThat(unheard).as("answers of which nothing was heard").isPositive();
    }

    private void bargeIn(PlainSocketClient client, int number) throws IOException {
        client.write("speak for " + (3 + random.nextInt(10)) + " seconds");
        client.askForResponse();
        Heard answer = new Heard();
        int deltas = 1 + random.nextInt(12);
        while (answer.deltas < deltas && !answer.isOver) answer.add(client.next());
        for (byte[] frame : interruption) client.append(frame);
        while (!answer.isInterrupted) answer.add(client.next());
        while (!answer.isOver) answer.add(client.next());
        client.await("input_audio_buffer.committed");

        // The client's own count, beyond the end now and then: wall-clock clients overshoot.
        long receivedMillis = FORMAT.millisOf(answer.samples);
        long heardMillis = random.nextInt(10) == 0 ? 0 : random.nextInt((int) receivedMillis + 500);
        client.send("{\"type\":\"conversation.item.truncate\",\"item_id\":\"" + answer.itemId
                + "\",\"content_index\":0,\"audio_end_ms\":" + heardMillis + "}");
        long truncatedMillis = client.await("conversation.item.truncated").integer("audio_end_ms");
        assertThat(truncatedMillis)
                .as("barge-in %d of seed %d", number, SEED)
                .isBetween(Math.min(heardMillis, receivedMillis) - FRAME_MILLIS, Math.min(heardMillis, receivedMillis));

        client.write("What did you say?");
        // In writing: a spoken answer to it would itself be spoken into before it can have been played.
        client.send("{\"type\":\"response.create\",\"response\":{\"output_modalities\":[\"text\"]}}");
        String known = client.await("response.output_text.done").text("text");
        client.await("response.done");
        String heard = answer.heardTranscript(FORMAT.samplesInMillis(heardMillis));
        if (heard.isEmpty()) {
            unheard++;
            // It knows of this answer nothing at all, so it quotes the one before.
            if (!knownBefore.isEmpty()) {
                assertThat(known.replace(QUOTE, ""))
                        .as("barge-in %d of seed %d", number, SEED)
                        .isEqualTo(knownBefore.replace(QUOTE, ""));
            }
        } else {
            if (heard.length() < answer.words.length()) cut++;
            assertThat(known).as("barge-in %d of seed %d", number, SEED).startsWith(QUOTE + heard);
            assertThat(known.length()).isLessThanOrEqualTo((QUOTE + heard).length() + 1); // the quote's own full stop
            knownBefore = known;
        }
    }

    /** What a client can know of what was heard, by the rules of ADR 0003. */
    private static final class Heard {
        private final StringBuilder words = new StringBuilder();
        private final List<long[]> marks = new ArrayList<>(); // samples received when a piece came, characters with it
        private long samples;
        private int deltas;
        private String itemId = "";
        private String responseId = "";
        private boolean isInterrupted;
        private boolean isOver;
        private boolean isWhole;

        void add(Frame event) {
            switch (event.type()) {
                case "response.created" -> responseId = event.text("response", "id");
                case "response.output_audio.delta" -> {
                    itemId = event.text("item_id");
                    samples += FORMAT.samplesIn(event.audio().length);
                    deltas++;
                }
                case "response.output_audio_transcript.delta" -> {
                    words.append(event.text("delta"));
                    marks.add(new long[] {samples, words.length()});
                }
                case "response.done" -> {
                    assertThat(event.text("response", "id")).isEqualTo(responseId);
                    isOver = true;
                    isWhole = event.text("response", "status").equals("completed");
                }
                case "input_audio_buffer.speech_started" -> isInterrupted = true;
                default -> {}
            }
        }

        String heardTranscript(long heardSamples) {
            long heard = Math.min(heardSamples, samples);
            if (isWhole && heard == samples) return words.toString();
            int marked = 0;
            for (long[] mark : marks) if (heard > 0 && mark[0] <= heard) marked = (int) mark[1];
            long whole = isWhole ? samples : Math.max(samples, words.length() * (long) FORMAT.sampleRateHz() / 15);
            int end = Math.min(marked, (int) (words.length() * Math.min(heard, whole) / whole));
            if (end < words.length() && isLetter(end) && end > 0 && isLetter(end - 1)) {
                while (end > 0 && words.charAt(end - 1) != ' ') end--;
            }
            return words.substring(0, end).stripTrailing();
        }

        private boolean isLetter(int index) {
            return Character.isLetterOrDigit(words.charAt(index)) || words.charAt(index) == '\'';
        }
    }
}
