package dev.antiphon.server.twin.speech;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Loudness;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpeakersTest {
    private static final Speakers SPEAKERS = new Speakers();

    @Test
    void speechBeginsWithoutSilence() {
        AudioClip speech = SPEAKERS.speak("Hello there, my friend.", TwinVoice.ALLOY);
        assertThat(speech.format().sampleRateHz()).isEqualTo(24_000);
        assertThat(speech.millis()).isBetween(800L, 3_000L);
        int firstAudibleSample = Loudness.firstAudibleSample(Unpooled.wrappedBuffer(speech.toByteArray()), -40);
        assertThat(speech.format().millisOf(firstAudibleSample)).isLessThan(60);
    }

    @Test
    void speechIsLoudEnoughToBeHeard() {
        AudioClip speech = SPEAKERS.speak("Hello there, my friend.", TwinVoice.ALLOY);
        assertThat(Loudness.rmsDbfs(Unpooled.wrappedBuffer(speech.toByteArray())))
                .isBetween(-30.0, -10.0);
    }

    @Test
    void voicesDifferAndOneVoiceIsAlwaysTheSame() {
        AudioClip alloy = SPEAKERS.speak("One two three.", TwinVoice.ALLOY);
        AudioClip shimmer = SPEAKERS.speak("One two three.", TwinVoice.SHIMMER);
        AudioClip again = SPEAKERS.speak("One two three.", TwinVoice.ALLOY);
        assertThat(again).isEqualTo(alloy);
        assertThat(periodSamples(shimmer)).isLessThan(periodSamples(alloy) * 3 / 4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "   ", "...", "你好", "<b>&nbsp;</b>", "1e9 %$§ \u0007 \uD83D\uDE00", "co-op's “quote” isn’t"})
    void anyTextIsSpokenOrPassedOver(String text) {
        assertThat(SPEAKERS.speak(text, TwinVoice.ONYX).millis()).isBetween(0L, 60_000L);
    }

    @Test
    void sentencesLoseNothingAndAreShort() {
        String text = "Hello. This is Dr. No! " + "word ".repeat(100) + "x".repeat(500) + " end? Yes";
        List<String> sentences = Sentences.of(text);
        assertThat(String.join("", sentences)).isEqualTo(text);
        assertThat(sentences).hasSizeGreaterThan(5).allMatch(sentence -> sentence.length() <= 165);
        assertThat(sentences.get(0)).isEqualTo("Hello.");
    }

    /** The lag at which a voiced stretch resembles itself most: its pitch period. */
    private static int periodSamples(AudioClip speech) {
        byte[] pcm = speech.toByteArray();
        int from = pcm.length / 8; // a vowel, early in the first word
        double best = 0;
        int period = 0;
        for (int lag = 80; lag < 480; lag++) {
            double sum = 0;
            for (int i = 0; i < 2_400; i++) sum += (double) sample(pcm, from + i) * sample(pcm, from + i + lag);
            if (sum > best) {
                best = sum;
                period = lag;
            }
        }
        return period;
    }

    private static int sample(byte[] pcm, int index) {
        return (short) ((pcm[2 * index] & 0xFF) | (pcm[2 * index + 1] << 8));
    }
}
