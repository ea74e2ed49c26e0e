package dev.antiphon.bench.load.record;

/** What is counted, by its key in {@code run.properties}. */
public enum Count {
    FRAMES_SENT("frames.sent"),
    /** Sent more than {@link LoadRecorder#LATE_FRAME_NANOS} after their moment, or never, by fault of the harness. */
    FRAMES_LATE("frames.late"),
    PIECES_EXPECTED("pieces.expected"),
    PIECES_RECEIVED("pieces.received"),
    /** Did not come, though the answer was heard to its end. */
    PIECES_DROPPED("pieces.dropped"),
    /** Found with bytes that were not sent so; of their piece nothing else is counted. */
    PIECES_BROKEN("pieces.broken"),
    PIECES_LATE("pieces.late"),
    /** The player of 100 ms had nothing to play, in the middle of an answer. */
    UNDERRUNS("underruns"),
    UNDERRUN_NANOS("underrun.nanos"),
    /** Those of a player that stands beside the model: its own pace is to blame for them. */
    UNDERRUNS_UPSTREAM("underruns.upstream"),
    UNDERRUN_UPSTREAM_NANOS("underrun.upstream.nanos"),
    TURNS_COMPLETED("turns.completed"),
    TURNS_FAILED("turns.failed"),
    TURNS_INTERRUPTED("turns.interrupted"),
    /**
     * The request was read before the frame was to be sent that ended the turn, as the server has it: the server counts
     * other sound than was sent, such as silence it put in itself. Not recorded.
     */
    UPLINKS_IMPOSSIBLE("uplinks.impossible"),
    ERROR_EVENTS("error.events"),
    /** Written by the model to a connection whose listener was gone. */
    BYTES_IN_VAIN("upstream.bytes.in-vain");

    private final String key;

    Count(String key) {
        this.key = key;
    }

    public String key() {
        return key;
    }
}
