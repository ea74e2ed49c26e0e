package dev.antiphon.server.conformance;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.server.twin.speech.Speakers;
import dev.antiphon.server.twin.speech.TwinVoice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What people say in the tests, in frames of 20 ms as microphones send them. */
final class TestSpeech {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    private static final int FRAME_BYTES = (int) FORMAT.bytesOf(FORMAT.samplesInMillis(20));
    private static final Speakers SPEAKERS = new Speakers();

    private TestSpeech() {}

    static byte[] pcm(String sentence) {
        return SPEAKERS.speak(sentence, TwinVoice.ECHO).toByteArray();
    }

    static List<byte[]> frames(String sentence) {
        return frames(pcm(sentence));
    }

    static List<byte[]> silence(int millis) {
        return frames(new byte[(int) FORMAT.bytesOf(FORMAT.samplesInMillis(millis))]);
    }

    private static List<byte[]> frames(byte[] pcm) {
        List<byte[]> frames = new ArrayList<>();
        for (int from = 0; from < pcm.length; from += FRAME_BYTES) {
            frames.add(Arrays.copyOfRange(pcm, from, Math.min(pcm.length, from + FRAME_BYTES)));
        }
        return frames;
    }
}
