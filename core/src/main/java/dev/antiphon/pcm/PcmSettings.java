package dev.antiphon.pcm;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.SessionSettings.TurnDetection;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a {@code pcm.v1} client gets: its own wishes where it had any, else the protocol's defaults.
 *
 * <p>Threading: immutable.
 *
 * @param isManual {@code turn=manual}: the client says when a turn ends; else the gateway hears it
 * @param words what the client wants to read besides what it must
 * @param model as the client named it; empty: it named none
 * @param voice empty: the session's own
 * @param instructions empty: the session's own
 */
public record PcmSettings(
        Sound sound, boolean isManual, Set<Words> words, String model, String voice, String instructions) {
    /** Servers of transcriptions without a name for this model answer with the one they have. */
    private static final String TRANSCRIPTION_MODEL = "whisper-1";

    /**
     * @param in of the client's audio
     * @param out of the gateway's
     * @param leadMillis the most that the gateway sends ahead of what a player has played
     */
    public record Sound(AudioFormat in, AudioFormat out, int leadMillis) {}

    /** What a client may ask to read, by its name in {@code events}. */
    public enum Words {
        /** What the person says, as it becomes known, and {@link #FINAL}. */
        PARTIAL("partial"),
        /** What the person said. */
        FINAL("final"),
        /** The words of the reply. */
        TEXT("text");

        private final String wireName;

        Words(String wireName) {
            this.wireName = wireName;
        }

        String wireName() {
            return wireName;
        }
    }

    public PcmSettings {
        words = words.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(words));
    }

    /** A session's settings with these laid over them. */
    public SessionSettings over(SessionSettings base) {
        SessionSettings.Input input = base.input();
        SessionSettings.Transcription transcription = input.transcription();
        boolean wantsTranscript = words.contains(Words.PARTIAL) || words.contains(Words.FINAL);
        if (wantsTranscript && transcription == null) {
            transcription = new SessionSettings.Transcription(TRANSCRIPTION_MODEL, null, null);
        }
        TurnDetection detection = input.turnDetection() == null ? TurnDetection.DEFAULT : input.turnDetection();
        SessionSettings.Output output = base.output();
        SessionSettings settings = base.withInput(new SessionSettings.Input(
                        sound.in(), isManual ? null : detection, transcription, input.noiseReduction()))
                .withOutput(new SessionSettings.Output(
                        output.modality() == Modality.NONE ? Modality.NONE : Modality.AUDIO,
                        sound.out(),
                        voice.isEmpty() ? output.voice() : voice,
                        output.speedRatio()));
        return instructions.isEmpty() ? settings : settings.withInstructions(instructions);
    }
}
