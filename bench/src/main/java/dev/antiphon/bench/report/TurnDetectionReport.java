package dev.antiphon.bench.report;

import dev.antiphon.testing.Sound;
import dev.antiphon.turn.Eagerness;
import dev.antiphon.turn.TurnSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures turn detection with recorded speech and writes the tables of {@code docs/turn-detection.md}. Argument: the
 * folder with the recordings, {@code ../shared/audio} unless told. The tables go to standard output; with a second
 * argument, a document, they replace what stands between its two marks.
 *
 * <p>Threading: confined to its caller.
 */
public final class TurnDetectionReport {
    private static final List<String> RECORDINGS =
            List.of("question-24k-3.3s.wav", "front-center-48k.wav", "side-left-48k.wav", "rear-right-48k.wav");
    private static final String NOISE = "noise-48k.wav";
    private static final int[] SNR_DB = {30, 20, 10};
    private static final int[] PAUSE_MILLIS = {300, 700, 1_500};
    private static final int[] NOISE_DBFS = {-60, -50, -40, -30};
    private static final int MINUTE_MILLIS = 60_000;
    private static final String BEGIN = "<!-- measured: begin -->\n";
    private static final String END = "<!-- measured: end -->\n";

    private final Map<String, TurnSettings> settings = new LinkedHashMap<>();
    private final List<Sound> spoken = new ArrayList<>();
    private final Sound noise;
    private final StringBuilder report = new StringBuilder();

    private TurnDetectionReport(Path folder) {
        for (String recording : RECORDINGS) {
            spoken.add(Sound.recorded(folder.resolve(recording)).audible().at(TurnScene.SPEECH_DBFS));
        }
        noise = Sound.recorded(folder.resolve(NOISE));
        settings.put("server_vad (defaults: 0.5, 500 ms)", TurnSettings.DEFAULT);
        settings.put("server_vad, threshold 0.3", new TurnSettings(0.3f, 300, 500));
        settings.put("server_vad, threshold 0.8", new TurnSettings(0.8f, 300, 500));
        settings.put("server_vad, 200 ms", new TurnSettings(0.5f, 300, 200));
        settings.put("server_vad, 800 ms", new TurnSettings(0.5f, 300, 800));
        settings.put("semantic_vad, high", TurnSettings.semantic(Eagerness.HIGH));
        settings.put("semantic_vad, medium", TurnSettings.semantic(Eagerness.MEDIUM));
        settings.put("semantic_vad, low", TurnSettings.semantic(Eagerness.LOW));
    }

    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "../shared/audio");
        for (String needed : RECORDINGS) requireFile(folder.resolve(needed), out);
        requireFile(folder.resolve(NOISE), out);
        String report = new TurnDetectionReport(folder).measure();
        if (arguments.length < 2) out.print(report);
        else replace(Path.of(arguments[1]), report);
    }

    private static void requireFile(Path file, PrintStream out) {
        if (Files.isRegularFile(file)) return;
        out.println(
                "nothing measured: " + file + " is absent (expected: a folder with the recordings as first argument)");
        System.exit(2);
    }

    private static void replace(Path document, String report) throws IOException {
        String text = Files.readString(document);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(document + ": no marks (expected: " + BEGIN.strip() + " … " + END.strip() + ")");
        }
        Files.writeString(document, text.substring(0, begin + BEGIN.length()) + report + text.substring(end));
    }

    private String measure() {
        delays();
        splits();
        falseStarts();
        return report.toString();
    }

    private void delays() {
        line("### Delays: one recording, nothing put in");
        line("");
        line("| settings | SNR dB | onset ms p50 / max | end ms p50 / max | missed | split | false starts/min |");
        line("|---|---:|---:|---:|---:|---:|---:|");
        settings.forEach((name, wanted) -> {
            for (int snrDb : SNR_DB) {
                TurnTally tally = new TurnTally();
                for (Sound voice : spoken) tally.add(TurnScene.of(voice, noise, snrDb), wanted);
                line(String.format(
                        Locale.ROOT,
                        "| %s | %d | %s | %s | %d | %s | %.1f |",
                        name,
                        snrDb,
                        tally.onset(),
                        tally.end(),
                        tally.missed(),
                        tally.split(),
                        tally.falseStartsPerMinute()));
            }
        });
        line("");
    }

    private void splits() {
        line("### Turns with a pause: how many are split, and how late their end is");
        line("");
        line("| settings | SNR dB | hesitation 0.3 s | 0.7 s | 1.5 s | between phrases 0.3 s | 0.7 s | 1.5 s "
                + "| end ms p50 / max |");
        line("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        settings.forEach((name, wanted) -> {
            for (int snrDb : SNR_DB) {
                TurnTally all = new TurnTally();
                StringBuilder row = new StringBuilder("| " + name + " | " + snrDb);
                for (int pauseMillis : PAUSE_MILLIS) {
                    TurnTally tally = new TurnTally();
                    for (Sound voice : spoken) {
                        tally.add(TurnScene.of(voice.hesitatingFor(pauseMillis), noise, snrDb), wanted);
                    }
                    row.append(" | ").append(tally.split());
                    all.addAll(tally);
                }
                for (int pauseMillis : PAUSE_MILLIS) {
                    TurnTally tally = new TurnTally();
                    for (int i = 0; i < spoken.size(); i++) {
                        Sound next = spoken.get((i + 1) % spoken.size());
                        Sound both =
                                spoken.get(i).then(Sound.silence(pauseMillis)).then(next);
                        tally.add(TurnScene.of(both, noise, snrDb), wanted);
                    }
                    row.append(" | ").append(tally.split());
                    all.addAll(tally);
                }
                line(row + " | " + all.end() + " |");
            }
        });
        line("");
    }

    private void falseStarts() {
        line("### Nobody speaks: false starts in a minute, and how long they are together");
        line("");
        StringBuilder head = new StringBuilder("| settings | digital silence");
        for (int dbfs : NOISE_DBFS) head.append(" | noise at ").append(dbfs);
        line(head + " | noise switched on at -40 | fan switched on at -40 |");
        line("|---|" + "---:|".repeat(NOISE_DBFS.length + 3));
        settings.forEach((name, wanted) -> {
            StringBuilder row = new StringBuilder("| " + name);
            row.append(alone(Sound.silence(MINUTE_MILLIS), wanted));
            for (int dbfs : NOISE_DBFS) row.append(alone(minuteOf(noise.at(dbfs)), wanted));
            Sound quiet = Sound.silence(10_000);
            row.append(alone(quiet.then(minuteOf(noise.at(-40))), wanted));
            row.append(alone(quiet.then(Sound.softNoise(-40, MINUTE_MILLIS, 1)), wanted));
            line(row + " |");
        });
        line("");
    }

    private static Sound minuteOf(Sound noise) {
        return Sound.silence(MINUTE_MILLIS).over(noise);
    }

    private static String alone(Sound sound, TurnSettings wanted) {
        TurnTally tally = new TurnTally();
        tally.add(TurnScene.empty(sound), wanted);
        double perMinute = tally.falseStartsPerMinute();
        if (perMinute == 0) return " | 0";
        return String.format(Locale.ROOT, " | %.1f (%d ms)", perMinute, tally.falseMillis());
    }

    private void line(String text) {
        report.append(text).append('\n');
    }
}
