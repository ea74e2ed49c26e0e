package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.RecordedGrammar;
import dev.antiphon.testing.SharedFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A parser that remembers must say what one says that parses every event: of whatever comes after the event it
 * remembers, and wherever that differs.
 */
@ExtendWith(NoBufferLeaks.class)
class RememberedEventTest {
    private static final int MAX_EVENT_BYTES = 1 << 20;
    private static final String HEAD = "{\"id\":\"chatcmpl-1\",\"created\":7,\"model\":\"m\",";
    private static final String TAIL = ",\"usage\":null,\"obfuscation\":\"%s\"}";

    /** What a byte is exchanged for, or what is put before it. */
    private static final List<byte[]> TROUBLE = List.of(
            bytes("\""),
            bytes("\\"),
            bytes("\\\""),
            bytes("\\/"),
            bytes("\\u0041"),
            bytes("\\x"),
            bytes("{"),
            bytes("}"),
            bytes("["),
            bytes("]"),
            bytes(","),
            bytes(":"),
            bytes("="),
            bytes(" "),
            bytes("A"),
            bytes("7"),
            bytes("é"),
            new byte[] {0},
            new byte[] {'\n'},
            new byte[] {0x1f},
            new byte[] {0x7f},
            new byte[] {(byte) 0x80},
            // Not 0xff: to Jackson's table of names it is nothing, if the table already has the name without it.
            new byte[] {(byte) 0xfe});

    /** Whole fields, put in everywhere, sensible or not. */
    private static final List<String> FIELDS = List.of(
            "\"data\":\"BBBB\",",
            "\",\"data\":\"BBBB",
            "AA\",\"transcript\":\"no\",\"data\":\"BBBB",
            "\"},\"delta\":{\"content\":\"no\"},\"x\":{\"y\":\"",
            "\"}}],\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"data\":\"",
            "\"audio\":{\"data\":\"BBBB\"},",
            "\"audio\":null,",
            "\"error\":{\"message\":\"no\"},",
            "\",\"error\":{\"message\":\"no\"},\"x\":\"",
            "\"obfuscation\":\"x\",",
            "\",\"obfuscation\":\"x",
            "\"usage\":{\"prompt_tokens\":1,\"total_tokens\":2},",
            "\"finish_reason\":\"stop\",",
            "\"index\":1,",
            "\"x\":{\"y\":[1,{\"z\":null}]},",
            "{\"index\":1,\"delta\":{}},",
            "\"sample_rate\":8000,",
            "\"modality\":\"audio\",",
            "\"modality\":\"text\",");

    /** Events as servers send them in great number, with room for what varies. */
    enum Shape {
        OPENAI(Dialect.OPENAI, delta("{\"audio\":{\"data\":\"%s\"}}") + TAIL),
        UNPADDED(Dialect.OPENAI, delta("{\"audio\":{\"data\":\"%s\"}}") + ",\"usage\":null}"),
        OPENROUTER(
                Dialect.OPENROUTER,
                delta("{\"role\":\"assistant\",\"content\":\"\",\"audio\":{\"data\":\"%s\"}}") + "}"),
        DASHSCOPE(
                Dialect.DASHSCOPE,
                delta("{\"audio\":{\"expires_at\":9,\"id\":\"audio_1\",\"data\":\"%s\"},\"content\":null}") + "}"),
        VLLM(Dialect.VLLM, delta("{\"content\":\"%s\"}") + ",\"modality\":\"audio\"}"),
        VLLM_WORDS(
                Dialect.VLLM,
                "{\"modality\":\"text\"," + delta("{\"content\":\"%s\"}").substring(1) + "}"),
        WITH_RATE(Dialect.OPENAI, delta("{\"audio\":{\"data\":\"%s\",\"sample_rate\":24000}}") + "}"),
        WITH_WORDS(Dialect.OPENAI, delta("{\"audio\":{\"transcript\":\"a\",\"data\":\"%s\"}}") + TAIL),
        DATA_TWICE(Dialect.OPENAI, delta("{\"audio\":{\"data\":\"CCCC\",\"data\":\"%s\"}}") + TAIL),
        OTHER_CHOICE_FIRST(
                Dialect.OPENAI,
                HEAD + "\"choices\":[{\"index\":1,\"delta\":{\"audio\":{\"data\":\"CCCC\"}}},"
                        + "{\"delta\":{\"audio\":{\"data\":\"%s\"}},\"index\":0}]" + TAIL),
        PADDED_BEFORE(
                Dialect.OPENAI,
                "{\"obfuscation\":\"x\","
                        + delta("{\"audio\":{\"data\":\"%s\"}}").substring(1) + "}"),
        TRANSCRIPT(Dialect.OPENAI, delta("{\"audio\":{\"transcript\":\"%s\"}}") + TAIL),
        USAGE(Dialect.OPENAI, HEAD + "\"x\":\"%s\",\"usage\":{\"total_tokens\":2},\"obfuscation\":\"%s\"}"),
        TICK(Dialect.OPENAI, HEAD + "\"x\":\"%s\",\"usage\":null,\"obfuscation\":\"%s\"}");

        final Dialect dialect;
        final String pattern;

        Shape(Dialect dialect, String pattern) {
            this.dialect = dialect;
            this.pattern = pattern;
        }

        String event(int number) {
            Random random = new Random(number);
            byte[] sound = new byte[1 + random.nextInt(12)];
            random.nextBytes(sound);
            String base64 = Base64.getEncoder().encodeToString(sound);
            String content = this == TICK || this == USAGE ? "always the same" : base64;
            return pattern.replaceFirst("%s", content).replaceFirst("%s", "p".repeat(random.nextInt(9)));
        }

        private static String delta(String delta) {
            return HEAD + "\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":null}]";
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Shape.class,
            names = {"OPENAI", "UNPADDED", "DASHSCOPE", "VLLM", "WITH_RATE", "TRANSCRIPT", "TICK", "DATA_TWICE"})
    void theSecondOfManyIsNotParsed(Shape shape) throws IOException {
        DeltaReader reader = new DeltaReader(shape.dialect.answer().audioPlace());
        byte[] first = bytes(shape.event(1));
        assertThat(reader.recall(first, 0, first.length)).isFalse();
        reader.read(first, 0, first.length);
        for (int i = 2; i < 20; i++) {
            byte[] next = bytes("--" + shape.event(i) + "--");
            assertThat(reader.recall(next, 2, next.length - 4)).isTrue();
        }
    }

    @Test
    void aServerThatWritesSlashesWithBackslashesIsTriedOnce() {
        String event = Shape.OPENAI.event(1);
        List<byte[]> events = new ArrayList<>();
        for (int i = 0; i < 4; i++) events.add(bytes(event.replace("\"data\":\"", "\"data\":\"AB\\/" + i)));
        assertThat(hear(Shape.OPENAI.dialect, true, events)).isEqualTo(hear(Shape.OPENAI.dialect, false, events));
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void anyOneByteElseIsHeardAsTheParserHearsIt(Shape shape) {
        String event = shape.event(3);
        byte[] like = bytes(event);
        for (int at = 0; at <= like.length; at++) {
            for (byte[] trouble : TROUBLE) {
                if (at < like.length) expectTheSame(shape, spliced(like, at, at + 1, trouble));
                expectTheSame(shape, spliced(like, at, at, trouble));
            }
            if (at < like.length) expectTheSame(shape, spliced(like, at, at + 1, new byte[0]));
            expectTheSame(shape, spliced(like, at, like.length, new byte[0]));
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void anyFieldMoreIsHeardAsTheParserHearsIt(Shape shape) {
        byte[] like = bytes(shape.event(3));
        for (int at = 0; at <= like.length; at++) {
            for (String field : FIELDS) expectTheSame(shape, spliced(like, at, at, bytes(field)));
        }
    }

    @Test
    void anyMixtureIsHeardAsTheParserHearsIt() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            List<byte[]> events = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Shape shape = Shape.values()[random.nextInt(seed % 3 == 0 ? Shape.values().length : 3)];
                byte[] event = bytes(shape.event(random.nextInt(1_000)));
                if (random.nextInt(3) == 0) {
                    int from = random.nextInt(event.length);
                    int to = Math.min(event.length, from + random.nextInt(4));
                    byte[] trouble = random.nextBoolean()
                            ? TROUBLE.get(random.nextInt(TROUBLE.size()))
                            : bytes(FIELDS.get(random.nextInt(FIELDS.size())));
                    event = spliced(event, from, to, trouble);
                }
                events.add(event);
            }
            for (Dialect dialect : Dialect.KNOWN.values()) {
                assertThat(hear(dialect, true, events))
                        .as("seed %d, %s", seed, dialect.name())
                        .isEqualTo(hear(dialect, false, events));
            }
        }
    }

    static List<Path> recordings() {
        return SharedFiles.requireAll("fixtures/openai-chat-audio", ".sse");
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void recordingsAreHeardAsTheParserHearsThem(Path recording) throws IOException {
        byte[] body = Files.readAllBytes(recording);
        for (Dialect dialect : Dialect.KNOWN.values()) expectTheSameStream(dialect, body, null);
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            expectTheSameStream(Dialect.OPENAI, wounded(body, random), random);
        }
    }

    @Test
    void whatIsLikeARecordingIsHeardAsTheParserHearsItAtEveryCut() {
        byte[] body = RecordedGrammar.stream(RecordedGrammar.speech(600), List.of("Well", " then", " é"));
        byte[] twice = spliced(body, body.length - "data: [DONE]\n\n".length(), body.length, body);
        RecordingReplyListener expected = decode(Dialect.OPENAI, false, twice, null);
        for (int at = 0; at <= twice.length; at++) {
            RecordingReplyListener heard = new RecordingReplyListener();
            ReplyDecoder decoder = new ReplyDecoder(MAX_EVENT_BYTES, heard);
            decoder.onHead(200, "text/event-stream");
            Cuts.at(at, twice, at % 2 == 0 ? Cuts.Memory.HEAP : Cuts.Memory.DIRECT, decoder::onBody);
            decoder.onEnd();
            assertThat(heard.calls).isEqualTo(expected.calls);
            assertThat(heard.pcm.toByteArray()).isEqualTo(expected.pcm.toByteArray());
        }
    }

    @Test
    void woundedStreamsAreHeardAsTheParserHearsThem() {
        byte[] body = RecordedGrammar.stream(
                RecordedGrammar.speech(6 * RecordedGrammar.PIECE_BYTES), List.of("Well", " then", " so", " it", " is"));
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            expectTheSameStream(Dialect.OPENAI, wounded(body, random), random);
        }
    }

    private static void expectTheSame(Shape shape, byte[] third) {
        List<byte[]> events = List.of(bytes(shape.event(1)), bytes(shape.event(2)), third, bytes(shape.event(4)));
        assertThat(hear(shape.dialect, true, events))
                .as(() -> new String(third, StandardCharsets.ISO_8859_1))
                .isEqualTo(hear(shape.dialect, false, events));
    }

    private static List<String> hear(Dialect dialect, boolean remembers, List<byte[]> events) {
        RecordingReplyListener heard = new RecordingReplyListener();
        DeltaParser parser = new DeltaParser(dialect.answer(), true, remembers, heard);
        List<String> log = heard.calls;
        for (byte[] event : events) {
            DeltaParser.Outcome outcome = parser.parse(event, 0, event.length);
            log.add(outcome + " complete " + parser.isComplete() + " may end " + parser.mayEnd());
            if (outcome == DeltaParser.Outcome.FAULT) {
                log.add(String.valueOf(parser.fault()));
                break;
            }
        }
        log.add("end " + parser.end() + " " + HexFormat.of().formatHex(heard.pcm.toByteArray()));
        return log;
    }

    private static void expectTheSameStream(Dialect dialect, byte[] body, @Nullable Random cuts) {
        RecordingReplyListener expected = decode(dialect, false, body, null);
        RecordingReplyListener heard = decode(dialect, true, body, cuts);
        assertThat(heard.calls).isEqualTo(expected.calls);
        assertThat(heard.pcm.toByteArray()).isEqualTo(expected.pcm.toByteArray());
    }

    private static RecordingReplyListener decode(
            Dialect dialect, boolean remembers, byte[] body, @Nullable Random cuts) {
        RecordingReplyListener heard = new RecordingReplyListener();
        ReplyDecoder decoder = new ReplyDecoder(MAX_EVENT_BYTES, dialect, true, remembers, heard);
        decoder.onHead(200, "text/event-stream");
        if (cuts == null) Cuts.whole(body, Cuts.Memory.DIRECT, decoder::onBody);
        else Cuts.random(cuts, 1 + cuts.nextInt(20_000), body, decoder::onBody);
        decoder.onEnd();
        return heard;
    }

    private static byte[] wounded(byte[] body, Random random) {
        byte[] wounded = body;
        for (int wounds = 1 + random.nextInt(4); wounds > 0; wounds--) {
            int from = random.nextInt(wounded.length);
            int to = Math.min(wounded.length, from + random.nextInt(3));
            wounded = spliced(wounded, from, to, TROUBLE.get(random.nextInt(TROUBLE.size())));
        }
        return wounded;
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] inserted) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, from);
        out.writeBytes(inserted);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
