package dev.antiphon.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import dev.antiphon.testing.Sound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class EnergyTurnDetectorTest {
    private static final int FRAME = 240;

    @Nested
    class Start {
        @ParameterizedTest
        @ValueSource(ints = {15, 20, 30, 40})
        void aToneThatStandsOutOfNoiseIsATurnFromWhereItBegins(int snrDb) {
            Sound noise = Sound.whiteNoise(-50, 8_000, 1);
            Sound tone = Sound.silence(4_000)
                    .then(Sound.tone(440, -50 + snrDb, 1_000))
                    .then(Sound.silence(3_000));

            List<Turn> turns = turnsIn(tone.over(noise), TurnSettings.DEFAULT);

            assertThat(turns).hasSize(1);
            assertThat(turns.get(0).startMillis()).isCloseTo(4_000, within(10L));
            assertThat(turns.get(0).endMillis()).isCloseTo(5_000, within(20L));
        }

        @Test
        void aToneThatHardlyStandsOutIsNone() {
            Sound noise = Sound.whiteNoise(-50, 8_000, 2);
            Sound tone = Sound.silence(4_000).then(Sound.tone(440, -48, 1_000)).then(Sound.silence(3_000));
            assertThat(turnsIn(tone.over(noise), TurnSettings.DEFAULT)).isEmpty();
        }

        @Test
        void silenceIsNone() {
            assertThat(turnsIn(Sound.silence(10_000), TurnSettings.DEFAULT)).isEmpty();
        }

        @Test
        void anOffsetIsNoSound() {
            Sound offset = Sound.silence(1_000).then(Sound.constant(8_000, 5_000));
            assertThat(turnsIn(offset, TurnSettings.DEFAULT)).isEmpty();

            Sound speech = Sound.silence(4_000).then(Sound.tone(300, -25, 800)).then(Sound.silence(2_000));
            List<Turn> plain = turnsIn(speech, TurnSettings.DEFAULT);
            assertThat(plain).hasSize(1);
            assertThat(turnsIn(speech.over(Sound.constant(4_000, 10)), TurnSettings.DEFAULT))
                    .isEqualTo(plain);
        }

        @Test
        void clicksAreNone() {
            Sound clicks = Sound.softNoise(-60, 6_000, 3);
            for (int at = 24_000; at < 144_000; at += 1_800)
                clicks = clicks.with(at, at % 3_600 == 0 ? 32_000 : -32_000);
            assertThat(turnsIn(clicks, TurnSettings.DEFAULT)).isEmpty();
        }

        @Test
        void tapsTenTimesASecondAreNone() {
            Sound taps = Sound.silence(1_000);
            for (int i = 0; i < 30; i++)
                taps = taps.then(Sound.tone(300, -15, 20)).then(Sound.silence(80));
            assertThat(turnsIn(taps, TurnSettings.DEFAULT)).isEmpty();
        }

        @Test
        void aKnockOfFiftyMillisecondsIsNoneAndAWordOfAHundredAndFiftyIsOne() {
            Sound knock = Sound.silence(2_000).then(Sound.tone(200, -15, 50)).then(Sound.silence(2_000));
            Sound word = Sound.silence(2_000).then(Sound.tone(200, -25, 150)).then(Sound.silence(2_000));
            assertThat(turnsIn(knock, TurnSettings.DEFAULT)).isEmpty();
            assertThat(turnsIn(word, TurnSettings.DEFAULT)).hasSize(1);
        }

        @Test
        void aPersonWhoSpeaksFromTheVeryFirstSampleIsHeard() {
            Sound speech = syllables(-30, 10).then(Sound.silence(2_000));
            List<Turn> turns = turnsIn(speech, TurnSettings.DEFAULT);
            assertThat(turns).hasSize(1);
            assertThat(turns.get(0).startMillis()).isZero();
            assertThat(turns.get(0).endMillis()).isCloseTo(2_420, within(20L));
        }

        @Test
        void eightFramesDecide() {
            Recorder events = new Recorder();
            TurnDetector detector = TurnDetector.of(TurnSettings.DEFAULT);
            feed(detector, events, Sound.silence(1_000).then(Sound.tone(440, -20, 70)));
            assertThat(events.take()).isEmpty();
            feed(detector, events, Sound.tone(440, -20, 10));
            assertThat(events.take()).containsExactly("started 24000");
        }

        @Test
        void theStartMayLieInAudioOfAnEarlierCall() {
            Recorder events = new Recorder();
            TurnDetector detector = TurnDetector.of(TurnSettings.DEFAULT);
            feed(detector, events, Sound.silence(500));
            for (int i = 0; i < 8; i++) {
                assertThat(events.take()).isEmpty();
                feed(detector, events, Sound.tone(400, -20, 10));
            }
            assertThat(events.take()).containsExactly("started 12000");
        }

        @Test
        void hissBeforeAVoiceBelongsToTheTurnButNoMoreThanThreeHundredMillisecondsOfIt() {
            Sound consonant = Sound.whiteNoise(-30, 150, 4);
            Sound word = Sound.silence(3_000).then(consonant).then(Sound.tone(300, -20, 400));
            List<Turn> spoken = turnsIn(word.then(Sound.silence(1_000)), TurnSettings.DEFAULT);
            assertThat(spoken).hasSize(1);
            assertThat(spoken.get(0).startMillis()).isEqualTo(3_000);

            Sound steam = Sound.silence(3_000).then(Sound.whiteNoise(-30, 1_500, 5));
            List<Turn> turns =
                    turnsIn(steam.then(Sound.tone(300, -15, 400)).then(Sound.silence(1_000)), TurnSettings.DEFAULT);
            assertThat(turns).hasSize(1);
            assertThat(turns.get(0).startMillis()).isCloseTo(4_500 - 270, within(10L));
        }
    }

    @Nested
    class Noise {
        @ParameterizedTest
        @ValueSource(ints = {-60, -50, -40, -30, -20})
        void steadyHissIsNeverATurn(int dbfs) {
            Sound hiss = Sound.silence(1_000).then(Sound.whiteNoise(dbfs, 12_000, 6));
            assertThat(turnsIn(hiss, TurnSettings.DEFAULT)).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(ints = {-60, -50, -40, -30, -20})
        void aFanThatIsSwitchedOnIsNoiseAfterLessThanFourSeconds(int dbfs) {
            Sound fan = Sound.silence(4_000).then(Sound.softNoise(dbfs, 20_000, 7));
            List<Turn> turns = turnsIn(fan, TurnSettings.DEFAULT);
            assertThat(turns).hasSizeLessThanOrEqualTo(1);
            for (Turn turn : turns) assertThat(turn.endMillis()).isLessThan(4_000 + 3_500);
        }

        @ParameterizedTest
        @ValueSource(ints = {-60, -50, -45})
        void aRoomWithAFanFromTheFirstSampleIsNoTurn(int dbfs) {
            assertThat(turnsIn(Sound.softNoise(dbfs, 10_000, 8), TurnSettings.DEFAULT))
                    .isEmpty();
        }

        @Test
        void speechIsHeardAsSoonAsTheFanIsKnown() {
            Sound fan = Sound.softNoise(-35, 20_000, 9);
            Sound speech = Sound.silence(8_000).then(syllables(-18, 10)).then(Sound.silence(2_000));
            List<Turn> turns = turnsIn(speech.over(fan), TurnSettings.DEFAULT);
            Turn last = turns.get(turns.size() - 1);
            assertThat(last.startMillis()).isCloseTo(8_000, within(20L));
            assertThat(last.endMillis()).isCloseTo(10_420, within(20L));
        }

        @Test
        void quietSpeechIsHeardAgainAtOnceWhenTheFanStops() {
            Sound scene = Sound.softNoise(-30, 8_000, 10)
                    .then(Sound.softNoise(-75, 300, 11))
                    .then(syllables(-40, 10).over(Sound.softNoise(-75, 1_000, 12)))
                    .then(Sound.silence(2_000));
            List<Turn> turns = turnsIn(scene, TurnSettings.DEFAULT);
            Turn last = turns.get(turns.size() - 1);
            assertThat(last.startMillis()).isCloseTo(8_300, within(20L));
        }

        @Test
        void aGapOfOneFrameIsNoQuietRoom() {
            Sound fan = Sound.softNoise(-32, 12_000, 13);
            double[] holed = fan.samples();
            Arrays.fill(holed, 8 * 24_000, 8 * 24_000 + FRAME, 0);
            List<Turn> turns = turnsIn(new Sound(holed), TurnSettings.DEFAULT);
            for (Turn turn : turns) assertThat(turn.startMillis()).isLessThan(7_000);
        }

        @Test
        void fiftyHertzHumIsLeftOut() {
            Sound hum = Sound.silence(1_000).then(Sound.tone(50, -38, 6_000));
            assertThat(turnsIn(hum, TurnSettings.DEFAULT)).isEmpty();
        }
    }

    @Nested
    class End {
        @ParameterizedTest
        @ValueSource(ints = {20, 200, 205, 500, 1_230})
        void theTurnEndsWhenTheSilenceHasLastedToTheFrame(int silenceMillis) {
            Recorder events = new Recorder();
            TurnDetector detector = TurnDetector.of(new TurnSettings(0.5f, 300, silenceMillis));
            feed(detector, events, Sound.silence(1_000).then(Sound.tone(480, -20, 500)));
            assertThat(events.take()).containsExactly("started 24000");
            int frames = (silenceMillis + 9) / 10;
            // The tone's end rings in the high pass for one frame more.
            feed(detector, events, Sound.silence(10 * frames - 10));
            assertThat(events.take()).isEmpty();
            int more = 0;
            while (events.all().isEmpty() && more < 3) {
                feed(detector, events, Sound.silence(10));
                more++;
            }
            assertThat(events.take()).containsExactly("stopped " + (36_000 + (more - 1) * FRAME));
            assertThat(more).isLessThanOrEqualTo(2);
        }

        @Test
        void aPauseShorterThanTheSilenceIsPartOfTheTurnAndALongerOneEndsIt() {
            Sound twice = Sound.silence(1_000)
                    .then(Sound.tone(300, -20, 300))
                    .then(Sound.silence(400))
                    .then(Sound.tone(300, -20, 300))
                    .then(Sound.silence(2_000));
            assertThat(turnsIn(twice, new TurnSettings(0.5f, 300, 500))).hasSize(1);
            List<Turn> two = turnsIn(twice, new TurnSettings(0.5f, 300, 300));
            assertThat(two).hasSize(2);
            assertThat(two.get(1).startMillis()).isEqualTo(1_700);
        }

        @Test
        void prefixPaddingChangesNothingHere() {
            Sound scene = Sound.silence(1_000).then(syllables(-20, 4)).then(Sound.silence(1_000));
            assertThat(turnsIn(scene, new TurnSettings(0.5f, 0, 500)))
                    .isEqualTo(turnsIn(scene, new TurnSettings(0.5f, 5_000, 500)));
        }
    }

    @Nested
    class Settings {
        @Test
        void aHigherThresholdNeverHearsMore() {
            Random random = new Random(14);
            Sound scene = Sound.softNoise(-55, 1_000, 15);
            for (int i = 0; i < 60; i++) {
                double dbfs = -70 + 60 * random.nextDouble();
                int millis = 20 + random.nextInt(400);
                scene = scene.then(
                        i % 3 == 0 ? Sound.softNoise(dbfs, millis, i) : Sound.tone(100 + 50 * i, dbfs, millis));
                scene = scene.then(Sound.softNoise(-60, 10 * random.nextInt(90), i));
            }
            for (int silenceMillis : new int[] {20, 100, 500}) {
                BitSet more = heard(scene, new TurnSettings(0, 300, silenceMillis));
                assertThat(more.cardinality()).isPositive();
                for (int step = 1; step <= 20; step++) {
                    BitSet less = heard(scene, new TurnSettings(step / 20f, 300, silenceMillis));
                    BitSet extra = (BitSet) less.clone();
                    extra.andNot(more);
                    assertThat(extra.isEmpty())
                            .as("threshold %s, silence %s", step / 20f, silenceMillis)
                            .isTrue();
                    more = less;
                }
                assertThat(more.cardinality()).isPositive();
            }
        }

        @Test
        void theLevelAskedForRisesFromMinus70ToMinus30() {
            for (int step = 0; step <= 10; step++) {
                double leastDbfs = -70 + 4 * step;
                TurnSettings settings = new TurnSettings(step / 10f, 300, 500);
                Sound below = Sound.silence(4_000)
                        .then(Sound.tone(2_000, leastDbfs - 0.5, 400))
                        .then(Sound.silence(800));
                Sound above = Sound.silence(4_000)
                        .then(Sound.tone(2_000, leastDbfs + 0.5, 400))
                        .then(Sound.silence(800));
                assertThat(turnsIn(below, settings)).as("below at %s", settings).isEmpty();
                assertThat(turnsIn(above, settings)).as("above at %s", settings).hasSize(1);
            }
        }

        @Test
        void newSettingsKeepWhatWasLearntOfTheNoise() {
            Recorder events = new Recorder();
            TurnDetector detector = TurnDetector.of(new TurnSettings(1, 300, 500));
            feed(detector, events, Sound.softNoise(-35, 6_000, 16));
            detector.configure(TurnSettings.DEFAULT);
            feed(detector, events, Sound.softNoise(-35, 6_000, 17));
            assertThat(events.take()).isEmpty();
        }

        @Test
        void aShorterSilenceEndsATurnThatIsAlreadySilentLongEnough() {
            Recorder events = new Recorder();
            TurnDetector detector = TurnDetector.of(new TurnSettings(0.5f, 300, 2_000));
            feed(
                    detector,
                    events,
                    Sound.silence(1_000).then(Sound.tone(480, -20, 300)).then(Sound.silence(600)));
            assertThat(events.take()).containsExactly("started 24000");
            detector.configure(new TurnSettings(0.5f, 300, 300));
            feed(detector, events, Sound.silence(10));
            assertThat(events.take()).hasSize(1).allMatch(event -> event.startsWith("stopped "));
        }
    }

    @Nested
    class Reset {
        @Test
        void theRestOfTheTurnIsSwallowedWithItsEnd() {
            Recorder events = new Recorder();
            TurnDetector detector = TurnDetector.of(TurnSettings.DEFAULT);
            feed(detector, events, Sound.silence(1_000).then(Sound.tone(300, -20, 500)));
            assertThat(events.take()).containsExactly("started 24000");
            detector.reset();
            feed(detector, events, Sound.tone(300, -20, 500).then(Sound.silence(2_000)));
            assertThat(events.take()).isEmpty();
        }

        @Test
        void theNextSentenceIsHeardAfterAPauseOfTwoHundredMilliseconds() {
            Recorder events = new Recorder();
            TurnDetector detector = TurnDetector.of(TurnSettings.DEFAULT);
            feed(detector, events, Sound.silence(1_000).then(Sound.tone(300, -20, 500)));
            events.take();
            detector.reset();
            feed(detector, events, Sound.silence(230).then(Sound.tone(300, -20, 300)));
            assertThat(events.take()).containsExactly("started " + 1_730 * 24);
        }

        @Test
        void noStartLiesBeforeTheReset() {
            Recorder events = new Recorder();
            TurnDetector detector = TurnDetector.of(TurnSettings.DEFAULT);
            feed(detector, events, Sound.silence(1_000).then(Sound.tone(300, -20, 45)));
            detector.reset();
            feed(detector, events, Sound.tone(300, -20, 100));
            assertThat(events.take()).containsExactly("started " + 1_045 * 24);
        }

        @Test
        void positionsGoOn() {
            Recorder events = new Recorder();
            TurnDetector detector = TurnDetector.of(TurnSettings.DEFAULT);
            feed(detector, events, Sound.silence(1_000));
            detector.reset();
            feed(detector, events, Sound.silence(1_000).then(Sound.tone(300, -20, 100)));
            assertThat(events.take()).containsExactly("started 48000");
        }
    }

    @Nested
    class Cuts {
        @Test
        void theSameSamplesGiveTheSameDecisionsHoweverTheyAreCut() {
            short[] scene = Sound.silence(15)
                    .then(Sound.tone(300, -20, 95))
                    .then(Sound.silence(35))
                    .then(Sound.tone(500, -25, 90))
                    .then(Sound.silence(35))
                    .over(Sound.softNoise(-60, 300, 18))
                    .toPcm16();
            TurnSettings settings = new TurnSettings(0.5f, 300, 20);
            List<String> whole = events(scene, settings, scene.length);
            assertThat(whole).hasSize(4);
            for (int cut = 1; cut < scene.length; cut++) {
                Recorder events = new Recorder();
                TurnDetector detector = TurnDetector.of(settings);
                feed(detector, events, scene, 0, cut);
                feed(detector, events, scene, cut, scene.length);
                assertThat(events.take()).isEqualTo(whole);
            }
            for (int piece : new int[] {1, 7, 239, 240, 241, 480, 1_000}) {
                assertThat(events(scene, settings, piece)).isEqualTo(whole);
            }
        }

        @Test
        void nothingIsAllocatedOnTheWay() {
            TurnDetector detector = TurnDetector.of(new TurnSettings(0.5f, 300, 20));
            Counter counter = new Counter();
            ByteBuf loud = ByteBufAllocator.DEFAULT.heapBuffer(4_800);
            ByteBuf soft = ByteBufAllocator.DEFAULT.heapBuffer(4_800).writeZero(4_800);
            try {
                for (short sample : Sound.tone(300, -20, 100).toPcm16()) loud.writeShortLE(sample);
                assertThat(Allocation.bytesOfManyCalls(() -> {
                            detector.onAudio(loud, counter);
                            detector.onAudio(soft, counter);
                        }))
                        .isZero();
                assertThat(counter.events).isGreaterThan(1_000);
            } finally {
                loud.release();
                soft.release();
            }
        }

        @Test
        void halfASampleIsRefused() {
            ByteBuf half = ByteBufAllocator.DEFAULT.buffer().writeZero(3);
            try {
                TurnDetector detector = TurnDetector.of(TurnSettings.DEFAULT);
                assertThatThrownBy(() -> detector.onAudio(half, new Recorder()))
                        .isInstanceOf(IllegalArgumentException.class);
            } finally {
                half.release();
            }
        }
    }

    @Nested
    class Recordings {
        @ParameterizedTest(name = "{0} at {1} dBFS, noise at {2} dBFS")
        @CsvSource({
            "front-center-48k.wav, -20, -96",
            "front-center-48k.wav, -20, -50",
            "front-center-48k.wav, -20, -45",
            "front-center-48k.wav, -20, -40",
            "front-center-48k.wav, -30, -55",
            "side-left-48k.wav, -20, -96",
            "side-left-48k.wav, -20, -50",
            "side-left-48k.wav, -20, -45",
            "side-left-48k.wav, -20, -40",
            "side-left-48k.wav, -30, -55",
            "rear-right-48k.wav, -20, -96",
            "rear-right-48k.wav, -20, -50",
            "rear-right-48k.wav, -20, -45",
            "rear-right-48k.wav, -20, -40",
            "rear-right-48k.wav, -30, -55",
            "question-24k-3.3s.wav, -38, -96",
            "question-24k-3.3s.wav, -38, -65",
            "question-24k-3.3s.wav, -20, -96",
            "question-24k-3.3s.wav, -20, -50",
            "question-24k-3.3s.wav, -20, -45",
            "question-24k-3.3s.wav, -20, -40",
        })
        void aSpokenTurnIsFoundWhereItIsAudible(String file, int speechDbfs, int noiseDbfs) {
            Sound speech = Sound.recorded(SharedFiles.require("audio/" + file)).at(speechDbfs);
            Sound noise =
                    Sound.recorded(SharedFiles.require("audio/noise-48k.wav")).at(noiseDbfs);
            for (int leadMillis : new int[] {500, 4_000}) {
                Sound clean = Sound.silence(leadMillis).then(speech).then(Sound.silence(3_000));
                Turn clear = loudPart(clean, 20, noiseDbfs + 12);
                Turn faint = loudPart(clean, 30, noiseDbfs + 6);
                Sound scene = noiseDbfs <= -96 ? clean : clean.over(noise);

                List<Turn> turns = turnsIn(scene, TurnSettings.DEFAULT);

                assertThat(turns).as("turns").hasSizeBetween(1, 2);
                assertThat(turns.get(0).startMillis())
                        .as("start")
                        .isBetween(faint.startMillis() - 150, clear.startMillis() + 150);
                assertThat(turns.get(turns.size() - 1).endMillis())
                        .as("end")
                        .isBetween(clear.endMillis() - 150, faint.endMillis() + 150);
            }
        }

        @ParameterizedTest(name = "{0} at {1} dBFS")
        @CsvSource({
            "front-center-48k.wav, -20",
            "side-left-48k.wav, -25",
            "rear-right-48k.wav, -30",
            "question-24k-3.3s.wav, -20",
            "question-24k-3.3s.wav, -30"
        })
        void speechFromTheFirstSampleIsHeardFromItsStart(String file, int speechDbfs) {
            Sound speech = Sound.recorded(SharedFiles.require("audio/" + file)).at(speechDbfs);
            int from = (int) loudPart(speech, 20, -96).start();
            double[] rest = Arrays.copyOfRange(speech.samples(), from, speech.samples().length);
            List<Turn> turns = turnsIn(new Sound(rest).then(Sound.silence(1_000)), TurnSettings.DEFAULT);
            assertThat(turns).hasSizeBetween(1, 2);
            assertThat(turns.get(0).startMillis()).isLessThan(150);
        }

        @ParameterizedTest
        @ValueSource(ints = {-60, -50, -45, -40, -35, -30})
        void noiseAloneIsNoTurnOnceItIsKnown(int dbfs) {
            Sound noise =
                    Sound.recorded(SharedFiles.require("audio/noise-48k.wav")).at(dbfs);
            List<Turn> turns = turnsIn(Sound.silence(20_000).over(noise), TurnSettings.DEFAULT);
            assertThat(turns).allMatch(turn -> turn.endMillis() < 3_500);
            if (dbfs <= -45) assertThat(turns).isEmpty();
        }

        /** First to last 10 ms within so many dB of the loudest that reach a level. */
        private Turn loudPart(Sound clean, double belowLoudestDb, double leastDbfs) {
            double[] levels = clean.levelsDbfs();
            double loudest = Double.NEGATIVE_INFINITY;
            for (double level : levels) loudest = Math.max(loudest, level);
            double least = Math.max(loudest - belowLoudestDb, leastDbfs);
            int first = 0;
            while (levels[first] < least) first++;
            int last = levels.length - 1;
            while (levels[last] < least) last--;
            return new Turn((long) first * FRAME, (last + 1L) * FRAME);
        }
    }

    private record Turn(long start, long end) {
        long startMillis() {
            return start / 24;
        }

        long endMillis() {
            return end / 24;
        }
    }

    /** Tones of 200 ms with gaps of 47 ms. */
    private static Sound syllables(double dbfs, int count) {
        Sound speech = Sound.silence(0);
        for (int i = 0; i < count; i++) {
            speech = speech.then(Sound.tone(150 + 40 * i, dbfs, 200)).then(Sound.silence(i == count - 1 ? 0 : 47));
        }
        return speech;
    }

    private static List<Turn> turnsIn(Sound sound, TurnSettings settings) {
        short[] pcm = sound.toPcm16();
        List<Turn> turns = new ArrayList<>();
        long start = -1;
        for (String event : events(pcm, settings, 480)) {
            long position = Long.parseLong(event.substring(event.indexOf(' ') + 1));
            if (event.startsWith("started")) {
                assertThat(start).as("open turn at " + event).isEqualTo(-1);
                start = position;
            } else {
                assertThat(start).as("open turn at " + event).isNotEqualTo(-1).isLessThan(position);
                turns.add(new Turn(start, position));
                start = -1;
            }
        }
        if (start != -1) turns.add(new Turn(start, pcm.length));
        return turns;
    }

    private static BitSet heard(Sound sound, TurnSettings settings) {
        BitSet heard = new BitSet();
        for (Turn turn : turnsIn(sound, settings)) heard.set((int) turn.start(), (int) turn.end());
        return heard;
    }

    private static List<String> events(short[] pcm, TurnSettings settings, int pieceSamples) {
        Recorder events = new Recorder();
        TurnDetector detector = TurnDetector.of(settings);
        for (int from = 0; from < pcm.length; from += pieceSamples) {
            feed(detector, events, pcm, from, Math.min(pcm.length, from + pieceSamples));
        }
        return events.take();
    }

    private static void feed(TurnDetector detector, Recorder events, Sound sound) {
        short[] pcm = sound.toPcm16();
        feed(detector, events, pcm, 0, pcm.length);
    }

    private static void feed(TurnDetector detector, Recorder events, short[] pcm, int from, int to) {
        ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer(2 * (to - from) + 1);
        try {
            for (int i = from; i < to; i++) buffer.writeShortLE(pcm[i]);
            detector.onAudio(buffer, events);
            assertThat(buffer.readableBytes()).as("lent").isEqualTo(2 * (to - from));
        } finally {
            buffer.release();
        }
    }

    private static final class Counter implements TurnListener {
        private int events;

        @Override
        public void onSpeechStarted(long startSample) {
            events++;
        }

        @Override
        public void onSpeechStopped(long endSample, long decidedSample) {
            events++;
        }
    }

    private static final class Recorder implements TurnListener {
        private final List<String> events = new ArrayList<>();

        @Override
        public void onSpeechStarted(long startSample) {
            events.add("started " + startSample);
        }

        @Override
        public void onSpeechStopped(long endSample, long decidedSample) {
            events.add("stopped " + endSample);
        }

        List<String> all() {
            return events;
        }

        List<String> take() {
            List<String> taken = List.copyOf(events);
            events.clear();
            return taken;
        }
    }
}
