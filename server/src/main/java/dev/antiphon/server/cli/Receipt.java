package dev.antiphon.server.cli;

import dev.antiphon.metrics.Stage;
import dev.antiphon.metrics.TurnTimeline;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** The latencies of one turn, stage by stage, as the gateway stamped them. */
final class Receipt {
    private Receipt() {}

    static void print(TurnTimeline timeline, PrintWriter out) {
        Stage origin = timeline.isMarked(Stage.LAST_SPEECH_SAMPLE) ? Stage.LAST_SPEECH_SAMPLE : Stage.TURN_DECIDED;
        Stage before = origin;
        out.printf(Locale.ROOT, "    %-34s %10s %10s%n", "stage", "since", "step");
        for (Stage stage : Stage.values()) {
            OptionalLong since = timeline.nanosBetween(origin, stage);
            if (since.isEmpty()) continue;
            long step = timeline.nanosBetween(before, stage).orElse(0);
            out.printf(Locale.ROOT, "    %-34s %10s %10s%n", name(stage), millis(since.getAsLong()), millis(step));
            before = stage;
        }
    }

    private static String name(Stage stage) {
        return switch (stage) {
            case LAST_SPEECH_SAMPLE -> "last sample of speech";
            case TURN_DECIDED -> "turn decided";
            case REQUEST_WRITTEN -> "request written";
            case FIRST_UPSTREAM_BYTE -> "first byte of the model";
            case FIRST_AUDIO_BYTES -> "first audio came in";
            case FIRST_AUDIO_DELTA -> "first audio decoded";
            case FIRST_FRAME_WRITTEN -> "first frame written";
            case FIRST_AUDIBLE_SAMPLE -> "first audible sample (estimate)";
            case CANCELLED -> "answer cut";
            case CANCEL_FLUSHED -> "cut answer flushed";
            case REPLY_WRITTEN -> "whole answer written";
            case PLAYED -> "answer played (estimate)";
        };
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.2f ms", nanos / (double) TimeUnit.MILLISECONDS.toNanos(1));
    }
}
