package dev.antiphon.server.twin.brain;

import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ToolDefinition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which tools a text asks for, and with what. */
final class ToolCalls {
    /** Where in the text a tool's name stands. */
    private record Mention(ToolDefinition tool, int start, int end) {}

    private ToolCalls() {}

    /**
     * The tools that the text names, in its order; one at least when the request demands it; none when it forbids it.
     *
     * @param text the newest words of the user; empty: there are none
     */
    static List<Answer.Call> demanded(ChatRequest.Tools tools, String text) {
        List<Mention> mentions = switch (tools.choice().mode()) {
            case NONE -> List.of();
            case AUTO -> mentions(tools.offered(), text);
            case REQUIRED -> {
                List<Mention> named = mentions(tools.offered(), text);
                if (!named.isEmpty() || tools.offered().isEmpty()) yield named;
                yield List.of(new Mention(tools.offered().get(0), 0, 0));
            }
            case FUNCTION -> {
                List<ToolDefinition> chosen = tools.offered().stream()
                        .filter(tool -> tool.name().equals(tools.choice().functionName()))
                        .toList();
                List<Mention> named = mentions(chosen, text);
                if (!named.isEmpty() || chosen.isEmpty()) yield named;
                yield List.of(new Mention(chosen.get(0), 0, 0));
            }
        };
        boolean isOneOnly = Boolean.FALSE.equals(tools.parallelCalls());
        List<Answer.Call> calls = new ArrayList<>();
        for (int i = 0; i < mentions.size() && !(isOneOnly && i == 1); i++) {
            Mention mention = mentions.get(i);
            int end = i + 1 < mentions.size() ? mentions.get(i + 1).start() : text.length();
            JsonSchema schema = JsonSchema.parse(mention.tool().parametersJson());
            calls.add(new Answer.Call(
                    mention.tool().name(), ToolArguments.of(schema, text.substring(mention.end(), end))));
        }
        return calls;
    }

    private static List<Mention> mentions(List<ToolDefinition> tools, String text) {
        List<Mention> mentions = new ArrayList<>();
        for (ToolDefinition tool : tools) {
            Matcher matcher = Pattern.compile(
                            "(?<!\\w)" + ToolArguments.spoken(tool.name()) + "(?!\\w)", Pattern.CASE_INSENSITIVE)
                    .matcher(text);
            while (matcher.find()) mentions.add(new Mention(tool, matcher.start(), matcher.end()));
        }
        mentions.sort(Comparator.comparingInt(Mention::start));
        return mentions;
    }
}
