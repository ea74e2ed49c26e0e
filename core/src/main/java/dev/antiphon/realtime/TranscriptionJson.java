package dev.antiphon.realtime;

import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.upstream.TranscriptionUsage;

/** What an input transcription cost and why it failed, as the client sees them. */
final class TranscriptionJson {
    private TranscriptionJson() {}

    /** Strict clients demand both details where tokens are counted. */
    static void writeUsage(JsonWriter json, TranscriptionUsage usage) {
        json.beginObject("usage");
        if (usage instanceof TranscriptionUsage.Tokens tokens) {
            json.text("type", "tokens");
            json.number("total_tokens", tokens.totalTokens());
            json.number("input_tokens", tokens.inputTokens());
            json.number("output_tokens", tokens.outputTokens());
            json.beginObject("input_token_details");
            json.number("text_tokens", tokens.textTokens());
            json.number("audio_tokens", tokens.audioTokens());
            json.end();
        } else if (usage instanceof TranscriptionUsage.Duration duration) {
            json.text("type", "duration");
            json.number("seconds", duration.seconds());
        }
        json.end();
    }

    /** Without {@code param}: agents-js refuses a null there. */
    static void writeError(JsonWriter json, ResponseSnapshot.Failure error) {
        json.beginObject("error");
        json.text("type", error.type());
        if (error.code() != null) json.text("code", error.code());
        json.text("message", error.message());
        json.end();
    }
}
