package dev.antiphon.server.twin.wire;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.antiphon.upstream.TranscriptionUsage;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Transcripts as the provider writes them: one document in any of its formats, or events framed by CRLF. Times in them
 * are estimates, see {@link TimedText}.
 *
 * <p>Threading: stateless; buffers are lent and appended to.
 */
public final class TranscriptWriter {
    private TranscriptWriter() {}

    /** @param clipMillis over which the times of {@code srt}, {@code vtt} and {@code verbose_json} are spread */
    public static void writeDocument(
            ByteBuf out, TranscriptShape shape, String text, TranscriptionUsage usage, long clipMillis) {
        append(
                out,
                switch (shape.responseFormat()) {
                    case "text" -> text + "\n";
                    case "srt" -> srt(text, clipMillis);
                    case "vtt" -> vtt(text, clipMillis);
                    case "verbose_json" -> verbose(shape, text, clipMillis) + usageOf(shape, usage) + "}";
                    default -> "{\"text\":" + quoted(text) + usageOf(shape, usage) + "}";
                });
    }

    /** Translations say nothing of it. */
    private static String usageOf(TranscriptShape shape, TranscriptionUsage usage) {
        return shape.isTranslation() ? "" : ",\"usage\":" + json(usage);
    }

    private static String srt(String text, long clipMillis) {
        StringBuilder srt = new StringBuilder();
        int number = 0;
        for (TimedText sentence : TimedText.sentences(text, clipMillis)) {
            srt.append(++number).append('\n').append(span(sentence, ',')).append(cue(sentence));
        }
        return srt.append('\n').toString();
    }

    private static String vtt(String text, long clipMillis) {
        StringBuilder vtt = new StringBuilder("WEBVTT\n\n");
        for (TimedText sentence : TimedText.sentences(text, clipMillis)) {
            vtt.append(span(sentence, '.')).append(cue(sentence));
        }
        return vtt.toString();
    }

    private static String span(TimedText timed, char beforeMillis) {
        return time(timed.startMillis(), beforeMillis) + " --> " + time(timed.endMillis(), beforeMillis);
    }

    private static String cue(TimedText sentence) {
        return "\n" + sentence.text().strip() + "\n\n";
    }

    private static String time(long millis, char beforeMillis) {
        return String.format(
                Locale.ROOT,
                "%02d:%02d:%02d%c%03d",
                millis / 3_600_000,
                millis / 60_000 % 60,
                millis / 1_000 % 60,
                beforeMillis,
                millis % 1_000);
    }

    private static String verbose(TranscriptShape shape, String text, long clipMillis) {
        List<TimedText> sentences = TimedText.sentences(text, clipMillis);
        StringBuilder json = new StringBuilder("{\"task\":" + quoted(shape.task())
                + ",\"language\":\"english\",\"duration\":" + seconds(clipMillis) + ",\"text\":" + quoted(text));
        if (shape.hasSegments()) {
            json.append(",\"segments\":[");
            for (int i = 0; i < sentences.size(); i++) {
                json.append(i == 0 ? "" : ",").append(segment(i, sentences.get(i)));
            }
            json.append(']');
        }
        if (shape.hasWords()) {
            json.append(",\"words\":[");
            String comma = "";
            for (TimedText sentence : sentences) {
                for (TimedText word : sentence.words()) {
                    json.append(comma)
                            .append("{\"word\":")
                            .append(quoted(word.text()))
                            .append(times(word))
                            .append('}');
                    comma = ",";
                }
            }
            json.append(']');
        }
        return json.toString();
    }

    /** No model has been at work here, so there are no tokens and nothing was improbable. */
    private static String segment(int id, TimedText sentence) {
        return "{\"id\":" + id + ",\"seek\":0" + times(sentence) + ",\"text\":"
                + quoted(" " + sentence.text().strip())
                + ",\"tokens\":[],\"temperature\":0.0,\"avg_logprob\":0.0,\"compression_ratio\":1.0,"
                + "\"no_speech_prob\":0.0}";
    }

    private static String times(TimedText timed) {
        return ",\"start\":" + seconds(timed.startMillis()) + ",\"end\":" + seconds(timed.endMillis());
    }

    private static double seconds(long millis) {
        return millis / 1_000.0;
    }

    public static void writeDelta(ByteBuf out, String delta) {
        writeEvent(out, "{\"type\":\"transcript.text.delta\",\"delta\":" + quoted(delta) + "}");
    }

    public static void writeTextDone(ByteBuf out, String text, TranscriptionUsage usage) {
        String json = "{\"type\":\"transcript.text.done\",\"text\":" + quoted(text) + ",\"usage\":" + json(usage) + "}";
        writeEvent(out, json);
    }

    public static void writeDone(ByteBuf out) {
        writeEvent(out, "[DONE]");
    }

    private static void writeEvent(ByteBuf out, String data) {
        append(out, "data: " + data + "\r\n\r\n");
    }

    private static String json(TranscriptionUsage usage) {
        if (usage instanceof TranscriptionUsage.Tokens tokens) {
            return "{\"type\":\"tokens\",\"total_tokens\":" + tokens.totalTokens() + ",\"input_tokens\":"
                    + tokens.inputTokens() + ",\"input_token_details\":{\"text_tokens\":" + tokens.textTokens()
                    + ",\"audio_tokens\":" + tokens.audioTokens() + "},\"output_tokens\":" + tokens.outputTokens()
                    + "}";
        }
        double seconds = ((TranscriptionUsage.Duration) usage).seconds();
        return "{\"type\":\"duration\",\"seconds\":" + (long) Math.ceil(seconds) + "}";
    }

    private static String quoted(String text) {
        return "\"" + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }

    private static void append(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
    }
}
