package dev.antiphon.server.twin.speech;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Pcm16;
import dev.antiphon.audio.Resampler;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownSpeechTest {
    private static final Speakers SPEAKERS = new Speakers();
    private static final AudioClip WEATHER = SPEAKERS.speak("What is the weather like today?", TwinVoice.ECHO);
    private static final AudioClip CLOTHES = SPEAKERS.speak("What should I wear?", TwinVoice.ECHO);

    private final KnownSpeech known = new KnownSpeech(60_000);

    KnownSpeechTest() {
        known.remember("What is the weather like today?", TwinVoice.ECHO, WEATHER);
        known.remember(" What should I wear?", TwinVoice.ECHO, CLOTHES);
    }

    @Test
    void whatWasSaidIsKnownAgain() {
        assertThat(known.wordsOf(WEATHER)).isEqualTo("What is the weather like today?");
        assertThat(known.wordsOf(CLOTHES)).isEqualTo("What should I wear?");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 2_400, 7_201, 24_000})
    void silenceAroundItChangesNothing(int silentSamples) {
        byte[] silence = new byte[2 * silentSamples];
        assertThat(known.wordsOf(joined(silence, WEATHER.toByteArray(), silence)))
                .isEqualTo("What is the weather like today?");
    }

    @Test
    void sentencesOneAfterTheOtherAreKnownEach() {
        assertThat(known.wordsOf(joined(CLOTHES.toByteArray(), new byte[9_000], WEATHER.toByteArray())))
                .isEqualTo("What should I wear? What is the weather like today?");
        assertThat(known.wordsOf(joined(WEATHER.toByteArray(), CLOTHES.toByteArray())))
                .isEqualTo("What is the weather like today? What should I wear?");
    }

    @Test
    void aSentenceMayBeginInTheLastWaveOfAnother() {
        AudioClip first = SPEAKERS.speak("The first one.", TwinVoice.CORAL);
        AudioClip second = SPEAKERS.speak(" The second one, too.", TwinVoice.CORAL);
        known.remember("The first one.", TwinVoice.CORAL, first);
        known.remember(" The second one, too.", TwinVoice.CORAL, second);
        assertThat(known.wordsOf(joined(first.toByteArray(), second.toByteArray(), new byte[9_000])))
                .isEqualTo("The first one. The second one, too.");
    }

    @ParameterizedTest
    @ValueSource(ints = {8_000, 16_000, 44_100, 48_000})
    void anotherRateChangesNothing(int sampleRateHz) {
        assertThat(known.wordsOf(Resampler.resample(WEATHER, sampleRateHz)))
                .isEqualTo("What is the weather like today?");
    }

    @Test
    void aTelephoneChangesNothing() {
        byte[] narrow = Resampler.resample(WEATHER, 8_000).toByteArray();
        short[] heard = new short[narrow.length / 2];
        for (int i = 0; i < heard.length; i++) {
            int sample = (short) ((narrow[2 * i] & 0xff) | (narrow[2 * i + 1] << 8));
            heard[i] = (short) (sample / 64 * 64); // coarser than G.711 at the loudness of speech
        }
        assertThat(known.wordsOf(Resampler.resample(Pcm16.clipOf(8_000, heard), 24_000)))
                .isEqualTo("What is the weather like today?");
    }

    @Test
    void otherWordsOfTheSameVoiceAreNotKnown() {
        assertThat(known.wordsOf(SPEAKERS.speak("What is the time?", TwinVoice.ECHO)))
                .isNull();
        assertThat(known.wordsOf(SPEAKERS.speak("Hello there.", TwinVoice.ECHO)))
                .isNull();
    }

    @Test
    void theSameWordsOfAnotherVoiceAreNotKnown() {
        assertThat(known.wordsOf(SPEAKERS.speak("What is the weather like today?", TwinVoice.SHIMMER)))
                .isNull();
    }

    @Test
    void aSentenceWithAnythingBehindOrBeforeItIsNotKnown() {
        byte[] noise = new byte[24_000];
        new Random(1).nextBytes(noise);
        assertThat(known.wordsOf(joined(WEATHER.toByteArray(), noise))).isNull();
        assertThat(known.wordsOf(joined(noise, WEATHER.toByteArray()))).isNull();
        assertThat(known.wordsOf(AudioClip.of(24_000, noise))).isNull();
    }

    @Test
    void halfASentenceIsNotKnown() {
        byte[] whole = WEATHER.toByteArray();
        byte[] half = new byte[whole.length / 4 * 2];
        System.arraycopy(whole, 0, half, 0, half.length);
        assertThat(known.wordsOf(AudioClip.of(24_000, half))).isNull();
    }

    @Test
    void silenceHasNoWords() {
        assertThat(known.wordsOf(AudioClip.of(24_000, new byte[48_000]))).isEmpty();
    }

    @Test
    void theOldestIsForgotten() {
        KnownSpeech brief = new KnownSpeech(WEATHER.millis() + CLOTHES.millis() - 1);
        brief.remember("a", TwinVoice.ECHO, WEATHER);
        brief.remember("b", TwinVoice.ECHO, CLOTHES);
        assertThat(brief.wordsOf(WEATHER)).isNull();
        assertThat(brief.wordsOf(CLOTHES)).isEqualTo("b");
    }

    @Test
    void whatIsSaidAgainIsKeptOnceAndAnew() {
        KnownSpeech brief = new KnownSpeech(WEATHER.millis() + CLOTHES.millis());
        brief.remember("a", TwinVoice.ECHO, WEATHER);
        brief.remember("b", TwinVoice.ECHO, CLOTHES);
        brief.remember("a", TwinVoice.ECHO, WEATHER);
        assertThat(brief.wordsOf(WEATHER)).isEqualTo("a");
        brief.remember("c", TwinVoice.ASH, AudioClip.of(24_000, new byte[480]));
        assertThat(brief.wordsOf(CLOTHES)).isNull();
        assertThat(brief.wordsOf(WEATHER)).isEqualTo("a");
    }

    @Test
    void allSpeakersOfTheProcessAreRemembered() {
        AudioClip speech = new Speakers().speak("Nobody said this before.", TwinVoice.SAGE);
        assertThat(KnownSpeech.ofThisProcess().wordsOf(speech)).isEqualTo("Nobody said this before.");
    }

    private static AudioClip joined(byte[]... pieces) {
        ByteArrayOutputStream pcm = new ByteArrayOutputStream();
        for (byte[] piece : pieces) pcm.writeBytes(piece);
        return AudioClip.of(24_000, pcm.toByteArray());
    }
}
