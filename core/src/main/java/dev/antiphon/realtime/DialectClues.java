package dev.antiphon.realtime;

import java.io.IOException;

/**
 * Tells whether a {@code session.update} is of the beta, by the keys its object has: clients that forgot to say so in
 * their handshake still send the flat object of the beta.
 */
final class DialectClues {
    private DialectClues() {}

    /** True for an object without a {@code type} that has one of the keys that every beta client sends. */
    static boolean pointToBeta(JsonCursor json) throws IOException {
        boolean hasType = false;
        boolean hasBetaKey = false;
        json.enterObject("event");
        while (json.nextField()) {
            if (!json.field().equals("session") || !json.isObject()) {
                json.skip();
                continue;
            }
            json.enterObject("session");
            while (json.nextField()) {
                switch (json.field()) {
                    case "type" -> hasType = true;
                    case "modalities", "input_audio_format", "output_audio_format", "voice" -> hasBetaKey = true;
                    default -> {}
                }
                json.skip();
            }
        }
        return hasBetaKey && !hasType;
    }
}
