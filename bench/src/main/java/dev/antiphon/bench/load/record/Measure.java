package dev.antiphon.bench.load.record;

/** What is kept as a distribution, in nanoseconds, in a file of its own. */
public enum Measure {
    /** A piece was handed to its connection by the model → its last byte was read by the caller. */
    DOWNLINK("downlink"),
    /** The same from the moment the piece was to be sent, so with the model's own lateness. */
    DOWNLINK_INTENDED("downlink-intended"),
    /** {@link #DOWNLINK} of the first piece of each answer alone. */
    FIRST_AUDIO("first-audio"),
    /** The frame that ended a turn was to be sent → the model had read the last byte of the request. */
    UPLINK("uplink"),
    /** The frame (or the cancel) that cut an answer was to be sent → nothing of the answer came any more. */
    BARGE_IN("bargein"),
    /** The same frame was to be sent → the model saw its listener go; where model and callers share a process. */
    UPSTREAM_RESET("upstream-reset"),
    /** The harness was to send a frame → it got round to it. */
    LAG("lag"),
    /** The model was to send a piece → it did. */
    UPSTREAM_LAG("upstream-lag");

    private final String tag;

    Measure(String tag) {
        this.tag = tag;
    }

    /** Names the file and stands in each of its lines. */
    public String tag() {
        return tag;
    }
}
