package dev.antiphon.server.stages;

import dev.antiphon.metrics.Stage;

/** A part of a turn that is the gateway's own: between two stages nobody else is waited for. */
enum Share {
    /** From the decision that the person has finished to the last byte of the model's request. */
    REQUEST("request", Stage.TURN_DECIDED, Stage.REQUEST_WRITTEN),
    /** From the bytes of the first piece of audio to the first frame for the client. */
    FIRST_AUDIO("first-audio", Stage.FIRST_AUDIO_BYTES, Stage.FIRST_FRAME_WRITTEN),
    /** From the decision that the answer is cut to its last byte for the client; the model was reset in between. */
    CANCEL("cancel", Stage.CANCELLED, Stage.CANCEL_FLUSHED);

    private final String tag;
    private final Stage from;
    private final Stage to;

    Share(String tag, Stage from, Stage to) {
        this.tag = tag;
        this.from = from;
        this.to = to;
    }

    /** Of its histograms in the log. */
    String tag() {
        return tag;
    }

    Stage from() {
        return from;
    }

    Stage to() {
        return to;
    }
}
