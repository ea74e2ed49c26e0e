package dev.antiphon.pcm;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.AudioFormat.Encoding;
import dev.antiphon.session.ClientFault;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client has said of what it wants, in its query and then in {@code start}, which comes after and goes before.
 * What it has not said is filled in last: 16 kHz s16le, the answer as the question.
 *
 * <p>Threading: confined to its caller.
 */
public final class PcmDraft {
    static final int MIN_LEAD_MILLIS = 40;
    static final int MAX_LEAD_MILLIS = 60_000;
    static final int MAX_NAME_CHARS = 256;

    private static final int DEFAULT_LEAD_MILLIS = 400;
    private static final int DEFAULT_RATE_HZ = 16_000;
    private static final int G711_RATE_HZ = 8_000;
    private static final List<Integer> RATES_HZ = List.of(8_000, 16_000, 24_000, 48_000);
    private static final int QUOTED_CHARS = 64;

    // null, or 0 for a number: not said
    private @Nullable Encoding inEncoding;
    private @Nullable Encoding outEncoding;
    private int inRateHz;
    private int outRateHz;
    private int leadMillis;
    private boolean isManual;
    private Set<PcmSettings.Words> words = EnumSet.noneOf(PcmSettings.Words.class);
    private String model = "";
    private String voice = "";
    private String instructions = "";

    /**
     * Takes the parameters of a query; those it does not know are the business of others.
     *
     * @throws ClientFault if one of them has a value that cannot be
     */
    public static PcmDraft of(Map<String, String> query) {
        PcmDraft draft = new PcmDraft();
        query.forEach(draft::setFromQuery);
        draft.settings();
        return draft;
    }

    private void setFromQuery(String name, String value) {
        switch (name) {
            case "rate" -> setInRate(name, number(name, value));
            case "out_rate" -> setOutRate(name, number(name, value));
            case "lead_ms" -> setLead(name, number(name, value));
            case "events" -> setWords(name, value.isEmpty() ? List.of() : Arrays.asList(value.split(",", -1)));
            default -> setText(name, value);
        }
    }

    /** Whether {@link #setText} knows a member of this name. */
    static boolean isText(String name) {
        return switch (name) {
            case "encoding", "turn", "voice", "instructions", "model" -> true;
            default -> false;
        };
    }

    void setText(String name, String value) {
        switch (name) {
            case "encoding" -> {
                inEncoding = encoding(name, value);
                outEncoding = inEncoding;
            }
            case "turn" -> isManual = isManual(name, value);
            case "voice" -> voice = named(name, value);
            case "model" -> model = named(name, value);
            case "instructions" -> instructions = value;
            default -> {}
        }
    }

    void setInEncoding(String name, String value) {
        inEncoding = encoding(name, value);
    }

    void setOutEncoding(String name, String value) {
        outEncoding = encoding(name, value);
    }

    void setInRate(String name, int rateHz) {
        inRateHz = rate(name, rateHz);
    }

    void setOutRate(String name, int rateHz) {
        outRateHz = rate(name, rateHz);
    }

    void setLead(String name, int millis) {
        if (millis < MIN_LEAD_MILLIS || millis > MAX_LEAD_MILLIS) {
            throw fault(name, String.valueOf(millis), "an integer from " + MIN_LEAD_MILLIS + " to " + MAX_LEAD_MILLIS);
        }
        leadMillis = millis;
    }

    /** Names that are not known may be those of a later version, and mean nothing yet. */
    void setWords(String name, List<String> wanted) {
        words = EnumSet.noneOf(PcmSettings.Words.class);
        for (PcmSettings.Words known : PcmSettings.Words.values()) {
            for (String one : wanted) {
                if (one.strip().equals(known.wireName())) words.add(known);
            }
        }
    }

    /** @throws ClientFault if what was said does not go together */
    public PcmSettings settings() {
        AudioFormat in = format("rate", inEncoding == null ? Encoding.PCM16 : inEncoding, inRateHz, DEFAULT_RATE_HZ);
        AudioFormat out =
                format("out_rate", outEncoding == null ? in.encoding() : outEncoding, outRateHz, in.sampleRateHz());
        int lead = leadMillis == 0 ? DEFAULT_LEAD_MILLIS : leadMillis;
        return new PcmSettings(new PcmSettings.Sound(in, out, lead), isManual, words, model, voice, instructions);
    }

    private static AudioFormat format(String rateName, Encoding encoding, int saidHz, int defaultHz) {
        if (encoding == Encoding.PCM16) return AudioFormat.pcm16(saidHz == 0 ? defaultHz : saidHz);
        if (saidHz != 0 && saidHz != G711_RATE_HZ) {
            throw fault(rateName, String.valueOf(saidHz), "8000, the only rate of ulaw");
        }
        return new AudioFormat(encoding, G711_RATE_HZ);
    }

    private static Encoding encoding(String name, String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "s16le" -> Encoding.PCM16;
            case "ulaw" -> Encoding.MULAW;
            default -> throw fault(name, value, "s16le or ulaw");
        };
    }

    private static boolean isManual(String name, String value) {
        return switch (value) {
            case "auto" -> false;
            case "manual" -> true;
            default -> throw fault(name, value, "auto or manual");
        };
    }

    private static String named(String name, String value) {
        if (value.length() > MAX_NAME_CHARS) {
            throw fault(name, value.length() + " characters", "at most " + MAX_NAME_CHARS);
        }
        return value;
    }

    private static int rate(String name, int rateHz) {
        if (!RATES_HZ.contains(rateHz)) {
            throw fault(name, String.valueOf(rateHz), "8000, 16000, 24000 or 48000");
        }
        return rateHz;
    }

    private static int number(String name, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw fault(name, value, "an integer");
        }
    }

    static ClientFault fault(String name, String value, String expected) {
        String quoted = value.length() <= QUOTED_CHARS ? value : value.substring(0, QUOTED_CHARS) + "…";
        return new ClientFault(
                PcmReader.BAD_MESSAGE, name + ": " + quoted + " (expected: " + expected + ")", name, null);
    }
}
