package dev.antiphon.server.twin.script;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.twin.TwinClient;
import dev.antiphon.server.twin.wire.ChunkWriter;
import dev.antiphon.server.twin.wire.Ids;
import dev.antiphon.server.twin.wire.TwinRequest;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(NoBufferLeaks.class)
class SpokenScriptTest {
    private static final Pace PACE = new Pace(300, 4);
    private static final Usage.Input INPUT = new Usage.Input(18, 18, 0, 0, 0);
    private static final String AUDIO_ID = "audio_6a233a418eb88191b23c1f30b56d8614";

    private final List<String> events = new ArrayList<>();
    private final List<Long> dueMillis = new ArrayList<>();
    private int spokenTokens;

    /** Lengths of the four recordings that came with their sound, and some at the borders of pieces. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "45600; rt{3,9}-{16}Dt*-{3}DD-UXZ; 19",
                "81600; rt{3,9}-{16}Dt*-{8}Dt*-{8}Dt*-{2}DD-UXZ; 34",
                "19200; rt{3,9}-{8}t*D-UXZ; 8",
                "19202; rt{3,9}-{9}t*DD-UXZ; 9",
                "2; rt{3,9}-t*D-UXZ; 1",
                "0; rt{3,9}-t*D-UXZ; 1"
            })
    void eventsComeInTheOrderOfTheRecordings(int pcmBytes, String order, int audioTokens) {
        SpokenScript script = script(INPUT, "Sure, let me check that for you.");
        script.addSound(AudioClip.of(24_000, new byte[pcmBytes]));
        script.endSound();
        drain(script);
        assertThat(TwinClient.order(events)).matches(order);
        assertThat(TwinClient.order(events)
                        .chars()
                        .filter(letter -> letter == '-')
                        .count())
                .isEqualTo(audioTokens + 1);
        assertThat(TwinClient.first(events, "usage.completion_tokens_details.audio_tokens"))
                .isEqualTo(Integer.toString(audioTokens));
        assertThat(spokenTokens).isEqualTo(audioTokens);
        assertThat(TwinClient.pcm(events)).hasSize(audioTokens * 2_400);
        assertThat(TwinClient.joined(events, "choices.delta.audio.transcript"))
                .isEqualTo("Sure, let me check that for you.");
    }

    @Test
    void soundIsSentAsItWasMadeInPiecesOfFourHundredMilliseconds() {
        byte[] first = new byte[30_002];
        byte[] second = new byte[25_000];
        for (int i = 0; i < first.length; i++) first[i] = (byte) (i * 7);
        for (int i = 0; i < second.length; i++) second[i] = (byte) (i * 11);
        SpokenScript script = script(null, "One two.", " Three four.");
        script.addSound(AudioClip.of(24_000, first));
        drain(script);
        assertThat(script.isAwaitingSound()).isTrue();
        script.addSound(AudioClip.of(24_000, second));
        script.endSound();
        drain(script);
        byte[] pcm = TwinClient.pcm(events);
        assertThat(pcm).startsWith(first).hasSize(55_200);
        assertThat(Arrays.copyOfRange(pcm, 30_002, 55_002)).isEqualTo(second);
        assertThat(TwinClient.pieces(events)).extracting(piece -> piece.length).containsExactly(19_200, 19_200, 16_800);
    }

    @Test
    void theTranscriptRunsAheadOfTheSound() {
        String[] sentences = new String[12];
        for (int i = 0; i < sentences.length; i++) sentences[i] = " a b c d e f g h i j k l m n o p q r s t";
        SpokenScript script = script(null, sentences);
        for (String unused : sentences) script.addSound(AudioClip.of(24_000, new byte[24_000]));
        script.endSound();
        drain(script);
        int words = 0;
        int pieces = 0;
        String order = TwinClient.order(events);
        for (int i = 0; i < order.length(); i++) {
            if (order.charAt(i) == 't') words++;
            if (order.charAt(i) == 'D') assertThat(words).isGreaterThanOrEqualTo(Math.min(240, ++pieces * 16));
        }
        assertThat(words).isEqualTo(240);
    }

    @Test
    void theFirstSoundIsDueAtItsTimeAndTheRestAtTheRealTimeFactor() {
        SpokenScript script = script(null, "One.");
        script.addSound(AudioClip.of(24_000, new byte[10 * 48_000]));
        script.endSound();
        drain(script);
        List<Long> soundDue = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).contains("\"data\":")) soundDue.add(dueMillis.get(i));
        }
        assertThat(soundDue).hasSize(25).startsWith(300L, 400L, 500L, 600L).isSorted();
        assertThat(dueMillis.get(0)).isZero();
        assertThat(dueMillis).isSorted();
        // 10 s of speech at four times real time, less the second that is made ahead of the first sound.
        assertThat(dueMillis.get(dueMillis.size() - 1)).isBetween(2_500L, 2_800L);
    }

    @Test
    void withoutUsageThereIsNone() {
        SpokenScript script = new SpokenScript(
                List.of("Hi."),
                writer(new TwinRequest.Delivery(true, false, false)),
                new Ids(1),
                PACE,
                new SpokenScript.Terms(AUDIO_ID, 1, null),
                tokens -> {});
        script.addSound(AudioClip.of(24_000, new byte[4_800]));
        script.endSound();
        drain(script);
        assertThat(events).noneMatch(event -> event.contains("usage")).noneMatch(event -> event.contains("obfusc"));
    }

    @Test
    void everyKindOfEventHasTheKeysOfTheRecordingsInTheirOrder() throws IOException {
        SpokenScript script = script(INPUT, "Sure, let me check that for you.");
        script.addSound(AudioClip.of(24_000, new byte[81_600]));
        script.endSound();
        drain(script);
        Map<String, List<String>> ours = keysByKind(events);
        for (Path recording : SharedFiles.requireAll("fixtures/openai-chat-audio", ".sse")) {
            Map<String, List<String>> theirs = keysByKind(TwinClient.events(Files.readString(recording)));
            theirs.forEach((kind, keys) -> assertThat(ours.get(kind))
                    .as(kind + " of " + recording.getFileName())
                    .isEqualTo(keys));
            assertThat(theirs.keySet()).isSubsetOf(ours.keySet());
        }
    }

    /** Key order of the first event of each kind; the first transcript and the first sound are kinds of their own. */
    private static Map<String, List<String>> keysByKind(List<String> events) {
        Map<String, List<String>> keys = new TreeMap<>();
        String order = TwinClient.order(events);
        for (int i = 0; i < order.length(); i++) {
            if (order.charAt(i) == 'Z') continue;
            boolean isFirst = order.indexOf(order.charAt(i)) == i;
            List<String> eventKeys = TwinClient.members(events.get(i)).stream()
                    .map(Map.Entry::getKey)
                    .toList();
            keys.putIfAbsent(order.charAt(i) + (isFirst ? " first" : ""), eventKeys);
        }
        return keys;
    }

    private SpokenScript script(Usage.@Nullable Input input, String... sentences) {
        return new SpokenScript(
                List.of(sentences),
                writer(new TwinRequest.Delivery(true, true, true)),
                new Ids(42),
                PACE,
                new SpokenScript.Terms(AUDIO_ID, 1_780_697_170, input),
                tokens -> spokenTokens = tokens);
    }

    private static ChunkWriter writer(TwinRequest.Delivery delivery) {
        return new ChunkWriter("chatcmpl-1", 1_780_693_570, "gpt-audio-1.5", delivery, new Ids(42));
    }

    private void drain(AnswerScript script) {
        while (!script.isFinished() && !script.isAwaitingSound()) {
            dueMillis.add(TimeUnit.NANOSECONDS.toMillis(script.dueNanos()));
            ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
            try {
                script.writeNext(out);
                events.addAll(TwinClient.events(out.toString(UTF_8)));
            } finally {
                out.release();
            }
        }
    }
}
