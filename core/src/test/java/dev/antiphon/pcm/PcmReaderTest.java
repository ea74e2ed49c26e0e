package dev.antiphon.pcm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.pcm.PcmSettings.Words;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class PcmReaderTest {
    private final PcmDraft draft = PcmDraft.of(Map.of());
    private final PcmReader reader = new PcmReader(draft);
    private final List<String> read = new ArrayList<>();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"type\":\"end\"} | end",
                "{\"type\":\"cancel\"} | cancel",
                "{\"type\":\"stop\"} | stop",
                "{\"type\":\"text\",\"text\":\"Hello.\"} | text Hello.",
                "{\"text\":\"last comes the type\",\"type\":\"text\"} | text last comes the type",
                "{\"type\":\"played\",\"mark\":\"m1\"} | mark m1",
                "{\"type\":\"played\",\"mark\":\"m1\",\"flushed\":false} | mark m1",
                "{\"type\":\"played\",\"mark\":\"m1\",\"flushed\":true} | mark m1 flushed",
                "{\"type\":\"played\",\"item\":\"i1\",\"ms\":1234} | played i1 1234",
                "{\"type\":\"played\",\"item\":\"i1\",\"ms\":0,\"flushed\":true} | played i1 0",
                "{\"type\":\"played\",\"item\":\"i1\",\"ms\":12.9} | played i1 12",
                "{\"type\":\"played\",\"item\":\"i1\",\"mark\":\"m1\",\"ms\":5} | played i1 5",
                "{\"type\":\"ping\"} | ping null",
                "{\"type\":\"ping\",\"t\":17} | ping 17",
                "{\"t\" : 1.50e3 , \"type\":\"ping\"} | ping 1.50e3",
                "{\"type\":\"ping\",\"t\":\"\\u00e4 b\"} | ping \"\\u00e4 b\"",
                "{\"type\":\"ping\",\"t\":{\"a\":[1, 2]},\"b\":3} | ping {\"a\":[1, 2]}",
                "{\"type\":\"ping\",\"t\":null} | ping null",
                "{\"type\":\"start\"} | start"
            })
    void eachMessageIsReadAsWhatItMeans(String message, String meaning) {
        read(message);
        assertThat(read).containsExactly(meaning);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"end\",\"later\":{\"a\":[{}]},\"ms\":\"x\",\"item\":7}",
                "{\"id\":null,\"type\":\"end\",\"text\":null}",
                " {\"type\" : \"end\"} "
            })
    void membersThatAreNotKnownArePassedOver(String message) {
        read(message);
        assertThat(read).containsExactly("end");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | message: not valid JSON (expected: an object with a type)",
                "{\"type\":\"end\" | message: not valid JSON (expected: an object with a type)",
                "{\"type\":\"end\",\"type\":\"end\"} | message: not valid JSON (expected: an object with a type)",
                "[] | message: not an object (expected: an object with a type)",
                "{\"type\":\"end\"} {} | message: more JSON behind the object (expected: one object)",
                "{} | type: missing (expected: start, end, cancel, played, text, ping or stop)",
                "{\"type\":7} | type: 7 (expected: a string)",
                "{\"type\":\"END\"} | type: END (expected: start, end, cancel, played, text, ping or stop)",
                "{\"type\":\"text\"} | text: missing (expected: a string that is not empty)",
                "{\"type\":\"text\",\"text\":\"\"} | text: missing (expected: a string that is not empty)",
                "{\"type\":\"text\",\"text\":[\"a\"]} | text: an array (expected: a string)",
                "{\"type\":\"played\"} | item: missing (expected: an item with ms, or a mark)",
                "{\"type\":\"played\",\"item\":\"i\"} | ms: missing (expected: how much of the item has been played)",
                "{\"type\":\"played\",\"item\":\"i\",\"ms\":\"9\"} | ms: \"9\" (expected: a number)",
                "{\"type\":\"played\",\"item\":\"i\",\"ms\":-1} | ms: -1 (expected: a number >= 0)",
                "{\"type\":\"played\",\"mark\":true} | mark: true (expected: a string)",
                "{\"type\":\"played\",\"mark\":\"m\",\"flushed\":1} | flushed: 1 (expected: true or false)",
                "{\"type\":\"start\",\"in\":16000} | in: 16000 (expected: an object)",
                "{\"type\":\"start\",\"in\":{\"rate\":11025}} | in.rate: 11025 (expected: 8000, 16000, 24000 or 48000)",
                "{\"type\":\"start\",\"out\":{\"rate\":\"16k\"}} | out.rate: \"16k\" (expected: an integer)",
                "{\"type\":\"start\",\"rate\":16000.0} | rate: 16000.0 (expected: an integer)",
                "{\"type\":\"start\",\"rate\":99999999999} | rate: 99999999999 (expected: an integer of 32 bits)",
                "{\"type\":\"start\",\"encoding\":\"mp3\"} | encoding: mp3 (expected: s16le or ulaw)",
                "{\"type\":\"start\",\"in\":{\"encoding\":\"opus\"}} | in.encoding: opus (expected: s16le or ulaw)",
                "{\"type\":\"start\",\"encoding\":\"ulaw\",\"rate\":16000} | rate: 16000 (expected: 8000, the only rate of ulaw)",
                "{\"type\":\"start\",\"turn\":\"vad\"} | turn: vad (expected: auto or manual)",
                "{\"type\":\"start\",\"lead_ms\":39} | lead_ms: 39 (expected: an integer from 40 to 60000)",
                "{\"type\":\"start\",\"events\":\"text\"} | events: \"text\" (expected: an array of strings)",
                "{\"type\":\"start\",\"voice\":{}} | voice: an object (expected: a string)"
            })
    void whatCannotBeReadNamesTheValueAndWhatWasExpected(String message, String sentence) {
        assertThatThrownBy(() -> read(message))
                .isInstanceOfSatisfying(ClientFault.class, fault -> {
                    assertThat(fault.code()).isEqualTo("bad_message");
                    assertThat(fault.sentence()).isEqualTo(sentence);
                });
        assertThat(read).isEmpty();
    }

    @Test
    void aMessageOfMoreThan64KiBIsRefusedAndOneOfJustSoMuchIsRead() {
        String frame = "{\"type\":\"text\",\"text\":\"\"}";
        read(frame.replace("\"\"", '"' + "x".repeat(PcmReader.MAX_MESSAGE_BYTES - frame.length()) + '"'));
        assertThat(read).hasSize(1);
        assertThatThrownBy(() ->
                        read(frame.replace("\"\"", '"' + "x".repeat(PcmReader.MAX_MESSAGE_BYTES - 24) + "\"")))
                .hasMessageStartingWith("message: 655");
    }

    @Test
    void nestingHasAnEnd() {
        assertThatThrownBy(() -> read("{\"type\":\"end\",\"x\":" + "[".repeat(17) + "]".repeat(17) + "}"))
                .hasMessage("message: not valid JSON (expected: an object with a type)");
    }

    @Test
    void halfASurrogatePairIsReplaced() {
        read("{\"type\":\"text\",\"text\":\"a\\ud83d\"}");
        assertThat(read).containsExactly("text a?");
    }

    @Test
    void whoSaysNothingGets16kHzBothWaysAnd400MillisecondsOfLead() {
        PcmSettings settings = draft.settings();
        assertThat(settings.sound())
                .isEqualTo(new PcmSettings.Sound(AudioFormat.pcm16(16_000), AudioFormat.pcm16(16_000), 400));
        assertThat(settings.isManual()).isFalse();
        assertThat(settings.words()).isEmpty();
        assertThat(settings.model()).isEmpty();
    }

    @Test
    void theAnswerIsAsTheQuestionUnlessSaidOtherwise() {
        assertThat(soundOf("rate", "48000")).isEqualTo(sound(48_000, 48_000));
        assertThat(soundOf("rate", "8000", "out_rate", "24000")).isEqualTo(sound(8_000, 24_000));
        assertThat(soundOf("out_rate", "24000")).isEqualTo(sound(16_000, 24_000));
        assertThat(soundOf("encoding", "ulaw"))
                .isEqualTo(new PcmSettings.Sound(AudioFormat.MULAW_8KHZ, AudioFormat.MULAW_8KHZ, 400));
        read("{\"type\":\"start\",\"in\":{\"encoding\":\"ulaw\"},\"out\":{\"encoding\":\"s16le\",\"rate\":24000}}");
        assertThat(draft.settings().sound())
                .isEqualTo(new PcmSettings.Sound(AudioFormat.MULAW_8KHZ, AudioFormat.PCM16_24KHZ, 400));
    }

    @Test
    void startGoesBeforeTheQueryMemberByMember() {
        PcmDraft queried = PcmDraft.of(Map.of("rate", "24000", "turn", "manual", "voice", "alloy", "events", "text"));
        new PcmReader(queried)
                .read(
                        Unpooled.copiedBuffer(
                                "{\"type\":\"start\",\"in\":{\"rate\":8000},\"out\":null,\"voice\":\"marin\","
                                        + "\"instructions\":\"Be brief.\",\"lead_ms\":2000,\"model\":\"m\","
                                        + "\"events\":[\"partial\",\"later\"]}",
                                StandardCharsets.UTF_8),
                        new Written());
        assertThat(queried.settings())
                .isEqualTo(new PcmSettings(
                        new PcmSettings.Sound(AudioFormat.pcm16(8_000), AudioFormat.pcm16(8_000), 2000),
                        true,
                        Set.of(Words.PARTIAL),
                        "m",
                        "marin",
                        "Be brief."));
    }

    @ParameterizedTest
    @CsvSource({"rate, 16k", "rate, 12000", "out_rate, ''", "lead_ms, 70000", "turn, push", "encoding, flac"})
    void aQueryIsReadAsStrictly(String name, String value) {
        assertThatThrownBy(() -> PcmDraft.of(Map.of(name, value)))
                .isInstanceOf(ClientFault.class)
                .hasMessageStartingWith(name + ": " + value + " (expected: ");
    }

    @Test
    void aQueryOfOthersMeansNothing() {
        assertThat(PcmDraft.of(Map.of("intent", "transcription", "events", "")).settings())
                .isEqualTo(draft.settings());
    }

    @Test
    void settingsAreLaidOverTheSessionsOwn() {
        SessionSettings base = SessionSettings.defaults("m", "alloy").withInstructions("Be kind.");
        SessionSettings plain = draft.settings().over(base);
        assertThat(plain.instructions()).isEqualTo("Be kind.");
        assertThat(plain.output().voice()).isEqualTo("alloy");
        assertThat(plain.output().format()).isEqualTo(AudioFormat.pcm16(16_000));
        assertThat(plain.input().format()).isEqualTo(AudioFormat.pcm16(16_000));
        assertThat(plain.input().turnDetection()).isEqualTo(SessionSettings.TurnDetection.DEFAULT);
        assertThat(plain.input().transcription()).isNull();

        SessionSettings wanted = PcmDraft.of(Map.of(
                        "turn", "manual", "voice", "marin", "instructions", "Be brief.", "events", "final,text"))
                .settings()
                .over(base);
        assertThat(wanted.instructions()).isEqualTo("Be brief.");
        assertThat(wanted.output().voice()).isEqualTo("marin");
        assertThat(wanted.input().turnDetection()).isNull();
        assertThat(wanted.input().transcription()).isNotNull();
    }

    private void read(String message) {
        ByteBuf text = Unpooled.copiedBuffer(message, StandardCharsets.UTF_8);
        reader.read(text, new Written());
        assertThat(text.readerIndex()).isZero();
    }

    private static PcmSettings.Sound sound(int inHz, int outHz) {
        return new PcmSettings.Sound(AudioFormat.pcm16(inHz), AudioFormat.pcm16(outHz), 400);
    }

    private static PcmSettings.Sound soundOf(String... query) {
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < query.length; i += 2) parameters.put(query[i], query[i + 1]);
        return PcmDraft.of(parameters).settings().sound();
    }

    private final class Written implements PcmMessages {
        @Override
        public void onStart() {
            read.add("start");
        }

        @Override
        public void onEnd() {
            read.add("end");
        }

        @Override
        public void onCancel() {
            read.add("cancel");
        }

        @Override
        public void onMark(String mark, boolean isFlushed) {
            read.add("mark " + mark + (isFlushed ? " flushed" : ""));
        }

        @Override
        public void onPlayed(String itemId, long millis) {
            read.add("played " + itemId + " " + millis);
        }

        @Override
        public void onText(String text) {
            read.add("text " + text);
        }

        @Override
        public void onPing(@Nullable String t) {
            read.add("ping " + t);
        }

        @Override
        public void onStop() {
            read.add("stop");
        }
    }
}
