package dev.antiphon.server.twin.wire;

/**
 * One speech request as the twin understood it.
 *
 * <p>Threading: immutable.
 *
 * @param input what to say
 * @param voice one the twin has
 * @param speedRatio 0.25 to 4; 1: as the voice speaks
 */
public record SpeechOrder(String model, String input, String voice, double speedRatio, Form form) {

    /** How it travels. */
    public record Form(boolean isWav, boolean isEventStream) {
        public String contentType() {
            if (isEventStream) return "text/event-stream; charset=utf-8";
            return isWav ? "audio/wav" : "audio/pcm";
        }
    }
}
