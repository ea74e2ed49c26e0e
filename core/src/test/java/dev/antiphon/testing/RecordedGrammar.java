package dev.antiphon.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/**
 * Makes streams of the grammar in which gpt-audio-1.5 was recorded: the words run ahead in bursts, an event without
 * {@code choices} stands for each 50 ms of speech, sound comes in pieces of 400 ms of which the first repeats the header,
 * usage comes before the lone expiry, and no {@code finish_reason} ever comes.
 */
public final class RecordedGrammar {
    public static final String AUDIO_ID = "audio_6a233a354ee081918e294494ab803d56";
    public static final long EXPIRES_AT_UNIX_SECONDS = 1_780_697_157L;
    public static final int PIECE_BYTES = 19_200;
    public static final int PROMPT_TEXT_TOKENS = 18;
    public static final int PROMPT_AUDIO_TOKENS = 25;

    private static final int BYTES_PER_AUDIO_TOKEN = 2_400;
    private static final int WORDS_PER_BURST = 4;
    private static final int MAX_OBFUSCATION_CHARS = 15;
    private static final String ENVELOPE = "{\"id\":\"chatcmpl-DnW1lGM0GNMpHFyaqBHjOyf4pgETx\",\"object\":"
            + "\"chat.completion.chunk\",\"created\":1780693557,\"model\":\"gpt-audio-1.5\",\"service_tier\":\"default\","
            + "\"system_fingerprint\":\"fp_58b2b3ae96\",";
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Random padding = new Random(15);

    private RecordedGrammar() {}

    /**
     * @param pcm PCM16 at 24 kHz; a last part of 50 ms counts as a whole audio token
     * @param words as the model says them: all but the first with a leading blank; no quotes or backslashes; at least one
     * @return the body of the response, {@code [DONE]} included
     */
    public static byte[] stream(byte[] pcm, List<String> words) {
        RecordedGrammar grammar = new RecordedGrammar();
        grammar.writeAnswer(pcm, words);
        return grammar.out.toByteArray();
    }

    /** How many audio tokens so many bytes of speech are; there is one event without choices more than that. */
    public static int audioTokens(int pcmBytes) {
        return (pcmBytes + BYTES_PER_AUDIO_TOKEN - 1) / BYTES_PER_AUDIO_TOKEN;
    }

    /** So many bytes of something that is not silence and always the same. */
    public static byte[] speech(int bytes) {
        byte[] pcm = new byte[bytes];
        new Random(24_000).nextBytes(pcm);
        return pcm;
    }

    private void writeAnswer(byte[] pcm, List<String> words) {
        Iterator<String> wordsLeft = words.iterator();
        writeDelta("{\"role\":\"assistant\",\"refusal\":null}");
        writeDelta("{\"content\":null,\"audio\":{\"id\":\"" + AUDIO_ID + "\",\"transcript\":\"" + wordsLeft.next()
                + "\"}}");
        for (int at = 0; at < pcm.length; at += PIECE_BYTES) {
            writeBurst(wordsLeft);
            int to = Math.min(at + PIECE_BYTES, pcm.length);
            for (int token = 0; token < audioTokens(to - at); token++) writeTick();
            writePiece(at == 0, Base64.getEncoder().encodeToString(Arrays.copyOfRange(pcm, at, to)));
        }
        while (wordsLeft.hasNext()) writeBurst(wordsLeft);
        writeTick();
        writeUsage(audioTokens(pcm.length), words.size());
        writeEvent("\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"expires_at\":" + EXPIRES_AT_UNIX_SECONDS
                + "}}}],\"usage\":null,");
        write("data: [DONE]\n\n");
    }

    private void writeBurst(Iterator<String> words) {
        for (int i = 0; i < WORDS_PER_BURST && words.hasNext(); i++) {
            writeDelta("{\"audio\":{\"transcript\":\"" + words.next() + "\"}}");
        }
    }

    private void writePiece(boolean first, String base64) {
        String header = first
                ? "\"role\":\"assistant\",\"content\":null,\"refusal\":null,\"audio\":{\"id\":\"" + AUDIO_ID + "\","
                : "\"audio\":{";
        writeDelta("{" + header + "\"data\":\"" + base64 + "\"}}");
    }

    private void writeTick() {
        writeEvent("\"usage\":null,");
    }

    private void writeUsage(int audioTokens, int textTokens) {
        int promptTokens = PROMPT_TEXT_TOKENS + PROMPT_AUDIO_TOKENS;
        int completionTokens = audioTokens + textTokens;
        writeEvent("\"choices\":[],\"usage\":{\"prompt_tokens\":" + promptTokens + ",\"completion_tokens\":"
                + completionTokens + ",\"total_tokens\":" + (promptTokens + completionTokens)
                + ",\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":" + PROMPT_AUDIO_TOKENS
                + ",\"text_tokens\":" + PROMPT_TEXT_TOKENS + ",\"image_tokens\":0},\"completion_tokens_details\":"
                + "{\"reasoning_tokens\":0,\"audio_tokens\":" + audioTokens + ",\"accepted_prediction_tokens\":0,"
                + "\"rejected_prediction_tokens\":0,\"text_tokens\":" + textTokens + "}},");
    }

    private void writeDelta(String delta) {
        writeEvent("\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":null}],\"usage\":null,");
    }

    private void writeEvent(String fields) {
        write("data: " + ENVELOPE + fields + "\"obfuscation\":\"" + obfuscation() + "\"}\n\n");
    }

    private String obfuscation() {
        StringBuilder chars = new StringBuilder();
        for (int left = padding.nextInt(MAX_OBFUSCATION_CHARS + 1); left > 0; left--) {
            chars.append(LETTERS.charAt(padding.nextInt(LETTERS.length())));
        }
        return chars.toString();
    }

    private void write(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
