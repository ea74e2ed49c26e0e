package dev.antiphon.realtime;

import dev.antiphon.session.SessionSettings.Generation;
import dev.antiphon.session.SessionSettings.Truncation;
import java.io.IOException;

/** Reads the fields that bound an answer and what the model is told. Each gives what is in force with that one changed. */
final class GenerationReader {
    private static final double MAX_TEMPERATURE = 2;

    private GenerationReader() {}

    static Generation readMaxOutputTokens(JsonCursor json, String path, Generation current) throws IOException {
        Integer maxOutputTokens = null;
        if (json.isString()) {
            String text = json.text(path);
            if (!text.equals("inf")) throw Faults.unsupportedValue(path, text, "inf");
        } else {
            maxOutputTokens = json.integer(path, 1, Integer.MAX_VALUE);
        }
        return new Generation(maxOutputTokens, current.temperature(), current.reasoningEffort(), current.truncation());
    }

    static Generation readTemperature(JsonCursor json, String path, Generation current) throws IOException {
        double temperature = json.number(path, 0, MAX_TEMPERATURE);
        return new Generation(current.maxOutputTokens(), temperature, current.reasoningEffort(), current.truncation());
    }

    /** {@code {"effort":"low"}}; without an effort nothing changes. */
    static Generation readReasoning(JsonCursor json, String path, Generation current) throws IOException {
        String effort = current.reasoningEffort();
        json.enterObject(path);
        while (json.nextField()) {
            if (json.field().equals("effort") && !json.isNull()) effort = readEffort(json, path + ".effort");
            else json.skip();
        }
        return new Generation(current.maxOutputTokens(), current.temperature(), effort, current.truncation());
    }

    private static String readEffort(JsonCursor json, String path) throws IOException {
        String effort = json.text(path);
        return switch (effort) {
            case "minimal", "low", "medium", "high", "xhigh" -> effort;
            default -> throw Faults.unsupportedValue(path, effort, "minimal", "low", "medium", "high", "xhigh");
        };
    }

    static Generation readTruncation(JsonCursor json, String path, Generation current) throws IOException {
        Truncation truncation = json.isString()
                ? readTruncationWord(json, path)
                : readRetentionRatio(json, path, current.truncation().retentionRatio());
        return new Generation(current.maxOutputTokens(), current.temperature(), current.reasoningEffort(), truncation);
    }

    private static Truncation readTruncationWord(JsonCursor json, String path) throws IOException {
        String word = json.text(path);
        return switch (word) {
            case "auto" -> Truncation.AUTO;
            case "disabled" -> Truncation.DISABLED;
            default -> throw Faults.unsupportedValue(path, word, "auto", "disabled");
        };
    }

    /** @param current holds where the client does not say another */
    private static Truncation readRetentionRatio(JsonCursor json, String path, double current) throws IOException {
        String type = null;
        double retentionRatio = current;
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "type" -> type = json.text(path + ".type");
                case "retention_ratio" -> retentionRatio = json.number(path + ".retention_ratio", 0, 1);
                default -> json.skip();
            }
        }
        if (type == null) throw Faults.missing(path + ".type");
        if (!type.equals("retention_ratio")) throw Faults.unsupportedValue(path + ".type", type, "retention_ratio");
        return new Truncation(true, retentionRatio);
    }
}
