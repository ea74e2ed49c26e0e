package dev.antiphon.server.twin.brain;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Resampler;
import dev.antiphon.server.twin.wire.TwinRequest;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides what to answer. Obeys directions in the newest words of the user or in the system's ({@code say: …},
 * {@code repeat after me}, {@code speak for N seconds}, {@code answer in text}); calls tools by name and speaks their
 * results; remembers the turns it is told of; and says honestly what it cannot do.
 *
 * <p>Threading: thread-safe, stateless: the same request gets the same answer.
 */
public final class TwinBrain {
    /** Transcript of a caller's own sound, which the twin cannot know. */
    public static final String OWN_WORDS = "(your own words)";

    private static final Pattern SAY = Pattern.compile("\\bsay:[ \\t]*(\\S.*)", Pattern.CASE_INSENSITIVE);
    private static final Pattern REPEAT =
            Pattern.compile("\\brepeat after me\\b[:,.!]?[ \\t]*(.*)", Pattern.CASE_INSENSITIVE);
    private static final Pattern SPEAK_FOR =
            Pattern.compile("\\bspeak for (\\d{1,6})(?:\\.\\d+)? ?s(?:ec(?:ond)?s?)?\\b", Pattern.CASE_INSENSITIVE);
    private static final Pattern ANSWER_IN_TEXT = Pattern.compile("\\banswer in text\\b", Pattern.CASE_INSENSITIVE);
    private static final int MAX_SPEECH_SECONDS = 120;
    private static final int MAX_QUOTED_CHARS = 200;

    /**
     * The answer to the newest message.
     *
     * @param transcripts what the twin said under an audio id; null: it no longer knows
     */
    public Answer answer(TwinRequest request, Function<String, @Nullable String> transcripts) {
        Conversation conversation = new Conversation(request.messages(), transcripts);
        List<ToolMessage> results = conversation.newestToolResults();
        if (results.isEmpty()) {
            List<Answer.Call> calls = ToolCalls.demanded(request.tools(), conversation.newestText());
            if (!calls.isEmpty()) return new Answer.Called(calls);
        }
        Answer spoken = results.isEmpty() ? obeyOrConverse(conversation) : new Answer.Spoken(reportOf(results));
        boolean isTextOnly =
                request.sound() == null || conversation.isDirected(ANSWER_IN_TEXT) || conversation.invitesWriting();
        return isTextOnly ? written(spoken) : spoken;
    }

    private static Answer written(Answer answer) {
        if (answer instanceof Answer.Spoken spoken) return new Answer.Written(spoken.words());
        if (answer instanceof Answer.Played played) return new Answer.Written(played.transcript());
        return answer;
    }

    private static Answer obeyOrConverse(Conversation conversation) {
        Matcher say = conversation.direction(SAY);
        if (say != null) return new Answer.Spoken(say.group(1).trim());
        Matcher repeat = conversation.direction(REPEAT);
        if (repeat != null) return repeated(conversation, repeat.group(1).trim());
        Matcher speakFor = conversation.direction(SPEAK_FOR);
        if (speakFor != null) {
            int seconds = Math.max(1, Math.min(MAX_SPEECH_SECONDS, Integer.parseInt(speakFor.group(1))));
            return new Answer.Spoken(LongTalk.lasting(seconds));
        }
        return new Answer.Spoken(converse(conversation));
    }

    private static Answer repeated(Conversation conversation, String words) {
        AudioClip heard = conversation.newestSound();
        if (heard != null) {
            return new Answer.Played(Resampler.resample(heard, AudioFormat.PCM16_24KHZ.sampleRateHz()), OWN_WORDS);
        }
        return new Answer.Spoken(words.isEmpty() ? "I heard nothing that I could repeat." : words);
    }

    private static String converse(Conversation conversation) {
        String text = conversation.newestText();
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("what did i say")) return whatYouSaid(conversation);
        if (lower.contains("what did you say")) return whatISaid(conversation);
        if (lower.contains("how many turns")) {
            return "This is turn number " + conversation.userTurns() + " of our conversation.";
        }
        List<AudioClip> sounds = conversation.newestSounds();
        if (!sounds.isEmpty()) return heard(conversation, Hearing.of(sounds));
        if (text.isBlank()) return "You sent me nothing to hear and nothing to read.";
        if (lower.matches("\\W*(?:hello|hi|hey|good (?:morning|day|evening))\\b.*")) {
            return "Hello! I am the twin, the model that lives inside the gateway. Ask me anything.";
        }
        if (lower.matches(".*\\b(?:who are you|what are you|your name)\\b.*")) {
            return "I am the twin, a small model inside the gateway. I can speak, listen and remember, but I know little.";
        }
        String quoted = quoted(text);
        if (text.strip().endsWith("?")) {
            return "You asked: " + quoted + " I know nothing of the world, but I can answer you out loud.";
        }
        return "You wrote: " + ended(quoted) + " I will remember that.";
    }

    private static String heard(Conversation conversation, Hearing hearing) {
        return "I heard " + hearing.described() + ". I cannot make out the words. This is turn number "
                + conversation.userTurns() + ".";
    }

    private static String whatYouSaid(Conversation conversation) {
        UserMessage earlier = conversation.earlierUserMessage();
        if (earlier == null) return "You have said nothing before this.";
        String text = Conversation.textOf(earlier);
        if (!text.isBlank()) return "You said: " + ended(quoted(text));
        return "You spoke: " + Hearing.of(Conversation.soundsOf(earlier)).described() + ".";
    }

    private static String whatISaid(Conversation conversation) {
        String earlier = conversation.earlierAnswer();
        return earlier == null ? "I have said nothing before this." : "I said: " + ended(quoted(earlier));
    }

    private static String reportOf(List<ToolMessage> results) {
        StringBuilder report = new StringBuilder();
        for (ToolMessage result : results) {
            if (report.length() > 0) report.append(' ');
            String words = result.content()
                    .replaceAll("[{}\\[\\]\"]", " ")
                    .replace(':', ' ')
                    .strip();
            String plain = quoted(words.replaceAll("\\s+", " ").replace(" ,", ","));
            report.append(plain.isEmpty() ? "The tool is done." : "The tool says: " + ended(plain));
        }
        return report.toString();
    }

    /** Short enough to be listened to. */
    private static String quoted(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        if (line.length() <= MAX_QUOTED_CHARS) return line;
        int cut = line.lastIndexOf(' ', MAX_QUOTED_CHARS);
        return line.substring(0, cut > 0 ? cut : line.offsetByCodePoints(0, MAX_QUOTED_CHARS / 2)) + ".";
    }

    private static String ended(String text) {
        return text.matches("(?s).*[.!?]") ? text : text + ".";
    }
}
