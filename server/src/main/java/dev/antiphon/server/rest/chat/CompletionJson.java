package dev.antiphon.server.rest.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What streamed and whole completions have in common.
 *
 * <p>Threading: stateless.
 */
final class CompletionJson {
    private CompletionJson() {}

    /** What every event of an answer says, and the answer as a whole. */
    record Head(String id, long createdUnixSeconds, String model) {
        String json(String object) {
            return "{\"id\":" + quoted(id) + ",\"object\":\"" + object + "\",\"created\":" + createdUnixSeconds
                    + ",\"model\":" + quoted(model);
        }
    }

    static String usage(Usage usage) {
        Usage.Input in = usage.input();
        Usage.Output out = usage.output();
        return "{\"prompt_tokens\":" + in.tokens() + ",\"completion_tokens\":" + out.tokens() + ",\"total_tokens\":"
                + usage.totalTokens() + ",\"prompt_tokens_details\":{\"cached_tokens\":" + in.cachedTokens()
                + ",\"audio_tokens\":" + in.audioTokens() + ",\"text_tokens\":" + in.textTokens()
                + ",\"image_tokens\":" + in.imageTokens() + "},\"completion_tokens_details\":{\"reasoning_tokens\":"
                + out.reasoningTokens() + ",\"audio_tokens\":" + out.audioTokens()
                + ",\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0,\"text_tokens\":"
                + out.textTokens() + "}}";
    }

    /** The reason in the wire's word; a spoken answer of OpenAI has none, but clients wait for one. */
    static String finishReason(@Nullable FinishReason reason, boolean hasToolCalls) {
        if (reason == null) return hasToolCalls ? "tool_calls" : "stop";
        return switch (reason) {
            case LENGTH -> "length";
            case TOOL_CALLS -> "tool_calls";
            case CONTENT_FILTER -> "content_filter";
            case STOP, ERROR, OTHER -> "stop";
        };
    }

    static String error(Refusal refusal) {
        return "{\"error\":{\"message\":" + quoted(refusal.message()) + ",\"type\":" + quoted(refusal.type())
                + ",\"param\":" + quotedOrNull(refusal.param()) + ",\"code\":" + quotedOrNull(refusal.code()) + "}}";
    }

    static String quotedOrNull(@Nullable String text) {
        return text == null ? "null" : quoted(text);
    }

    static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }

    static void write(ByteBuf out, String json) {
        out.writeCharSequence(json, UTF_8);
    }
}
