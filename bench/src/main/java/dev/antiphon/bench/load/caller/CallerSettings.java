package dev.antiphon.bench.load.caller;

/**
 * How all callers of a run call.
 *
 * <p>Threading: immutable.
 *
 * @param pausesAreSent whether the quiet room between turns is sent too
 */
public record CallerSettings(
        Protocol protocol, Turns turns, Uplink uplink, boolean pausesAreSent, ConversationPlan plan) {

    /** What is spoken. */
    public enum Protocol {
        REALTIME,
        PCM
    }

    /** Who decides when a turn is over. */
    public enum Turns {
        SERVER_VAD,
        MANUAL
    }

    /** What goes up. */
    public enum Uplink {
        AUDIO,
        NONE
    }

    /** Without sound nobody can hear where a turn ends. */
    boolean areTurnsHeard() {
        return turns == Turns.SERVER_VAD && uplink == Uplink.AUDIO;
    }
}
