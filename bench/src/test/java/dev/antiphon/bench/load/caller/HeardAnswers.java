package dev.antiphon.bench.load.caller;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes down what a caller would hear. */
final class HeardAnswers implements AnswerEvents {
    final List<String> events = new ArrayList<>();

    @Override
    public void onSound(byte[] pcm, int from, int to, long nowNanos) {
        events.add("sound " + Arrays.toString(Arrays.copyOfRange(pcm, from, to)));
    }

    @Override
    public void onSpeechStarted(long nowNanos) {
        events.add("started");
    }

    @Override
    public void onSpeechStopped(long endMillis) {
        events.add("stopped at " + endMillis);
    }

    @Override
    public void onAnswerEnded(boolean isFailed, long nowNanos) {
        events.add(isFailed ? "failed" : "ended");
    }

    @Override
    public void onErrorEvent(String event) {
        events.add("error");
    }
}
