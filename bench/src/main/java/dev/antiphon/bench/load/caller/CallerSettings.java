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

    public CallerSettings {
        if (protocol == Protocol.SSE && turns != Turns.MANUAL) {
            throw new IllegalArgumentException("turns: " + turns + " (expected: manual, where the protocol is sse)");
        }
    }

    /** What is spoken. */
    public enum Protocol {
        /** The OpenAI Realtime protocol. */
        REALTIME,
        /** {@code pcm.v1}. */
        PCM,
        /** A chat completion for each turn, its events read by the caller itself; turns are manual. */
        SSE
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
