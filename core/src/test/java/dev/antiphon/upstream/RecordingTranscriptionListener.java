package dev.antiphon.upstream;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a transcription down, one line a call, and fails at once on what the contract forbids. */
final class RecordingTranscriptionListener implements TranscriptionListener {
    final List<String> calls = new ArrayList<>();
    final StringBuilder deltas = new StringBuilder();

    @Nullable
    String transcript;

    @Nullable
    TranscriptionUsage usage;

    @Nullable
    UpstreamFault fault;

    @Override
    public void onDelta(String delta) {
        if (delta.isEmpty()) throw new AssertionError("empty delta");
        say("delta " + delta);
        deltas.append(delta);
    }

    @Override
    public void onCompleted(String whole, TranscriptionUsage cost) {
        say("completed " + whole + " " + cost);
        transcript = whole;
        usage = cost;
    }

    @Override
    public void onFault(UpstreamFault why) {
        say("fault " + why);
        fault = why;
    }

    private void say(String call) {
        if (transcript != null || fault != null) throw new AssertionError("after the last call: " + call);
        calls.add(call);
    }
}
