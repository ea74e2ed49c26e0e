package dev.antiphon.bench.load;

import dev.antiphon.bench.load.upstream.AnswerScript;
import dev.antiphon.bench.load.upstream.ScriptedUpstream;
import dev.antiphon.bench.load.upstream.UpstreamListener;
import java.net.InetSocketAddress;
import picocli.CommandLine.Option;

/** What is said of the model on the command line. */
final class UpstreamOptions {
    @Option(
            names = "--upstream-listen",
            paramLabel = "HOST:PORT",
            description = "Where the model listens; port 0: any free one (${DEFAULT-VALUE}).")
    private String listen = "127.0.0.1:0";

    @Option(names = "--upstream-threads", paramLabel = "N", description = "Its event loops (${DEFAULT-VALUE}).")
    private int threads = 1;

    @Option(names = "--upstream-seed", paramLabel = "N", description = "Of all its answers (${DEFAULT-VALUE}).")
    private long seed = AnswerScript.DEFAULT.seed();

    @Option(
            names = "--first-audio-millis",
            paramLabel = "MEDIAN,P95",
            split = ",",
            splitSynopsisLabel = "",
            arity = "1",
            description = "From the request to the first sound (350,700).")
    private int[] firstAudioMillis = {350, 700};

    @Option(
            names = "--piece-millis",
            paramLabel = "MIN,MAX",
            split = ",",
            splitSynopsisLabel = "",
            arity = "1",
            description = "Sound in a piece (100,400).")
    private int[] pieceMillis = {100, 400};

    @Option(
            names = "--answer-millis",
            paramLabel = "MIN,MAX",
            split = ",",
            splitSynopsisLabel = "",
            arity = "1",
            description = "Sound in an answer (2000,5000).")
    private int[] answerMillis = {2_000, 5_000};

    @Option(
            names = "--pace",
            paramLabel = "FACTOR",
            description = "Seconds of speech made in a second; 1: real time (${DEFAULT-VALUE}).")
    private double pace = AnswerScript.DEFAULT.pace();

    ScriptedUpstream start(UpstreamListener listener) {
        return ScriptedUpstream.start(Addresses.parse("--upstream-listen", listen), threads, script(), listener);
    }

    ScriptedUpstream startAt(InetSocketAddress address, UpstreamListener listener) {
        return ScriptedUpstream.start(address, threads, script(), listener);
    }

    private AnswerScript script() {
        return new AnswerScript(
                seed,
                new AnswerScript.FirstAudio(of("--first-audio-millis", firstAudioMillis, 0), firstAudioMillis[1]),
                new AnswerScript.Pieces(of("--piece-millis", pieceMillis, 0), pieceMillis[1]),
                new AnswerScript.Length(of("--answer-millis", answerMillis, 0), answerMillis[1]),
                pace);
    }

    private static int of(String option, int[] pair, int index) {
        if (pair.length != 2) throw new IllegalArgumentException(option + " (expected: two numbers)");
        return pair[index];
    }
}
