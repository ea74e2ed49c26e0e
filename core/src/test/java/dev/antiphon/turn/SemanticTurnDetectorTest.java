package dev.antiphon.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import dev.antiphon.testing.Sound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class SemanticTurnDetectorTest {
    private static final int LEAST_MILLIS = 300;
    private static final Sound FALLING = phrase(180, 120);
    private static final Sound LEVEL = phrase(150, 150);
    private static final Sound RISING = phrase(150, 170);
    private static final Sound FAR_UP = phrase(150, 260);
    private static final Sound HELD = phrase(180, 150).then(Sound.voice(150, 150, -25, 500));

    @Nested
    class Melody {
        @ParameterizedTest
        @EnumSource(Eagerness.class)
        void aFallEndsATurnSoonerThanALevelOrRisingEnd(Eagerness eagerness) {
            assertThat(waitAfter(FALLING, eagerness)).isLessThan(600);
            assertThat(waitAfter(LEVEL, eagerness)).isGreaterThan(waitAfter(FALLING, eagerness) + 250);
            assertThat(waitAfter(RISING, eagerness)).isGreaterThan(waitAfter(FALLING, eagerness) + 250);
        }

        @ParameterizedTest
        @EnumSource(Eagerness.class)
        void aQuestionIsWaitedForLessThanALevelEndAndMoreThanAFall(Eagerness eagerness) {
            assertThat(waitAfter(FAR_UP, eagerness))
                    .isStrictlyBetween(waitAfter(FALLING, eagerness), waitAfter(LEVEL, eagerness));
        }

        @ParameterizedTest
        @EnumSource(Eagerness.class)
        void aHeldSoundIsWaitedForLongest(Eagerness eagerness) {
            assertThat(waitAfter(HELD, eagerness)).isGreaterThan(waitAfter(LEVEL, eagerness));
        }

        @ParameterizedTest
        @ValueSource(ints = {30, 20, 15})
        void itIsHeardInNoise(int snrDb) {
            Sound noise = Sound.whiteNoise(-25 - snrDb, 1_000, 1);
            assertThat(waitAfter(LEVEL, noise)).isGreaterThan(waitAfter(FALLING, noise) + 250);
        }

        @Test
        void aHigherVoiceIsJudgedTheSame() {
            assertThat(waitAfter(phrase(270, 180), Eagerness.MEDIUM)).isEqualTo(waitAfter(FALLING, Eagerness.MEDIUM));
            assertThat(waitAfter(phrase(225, 225), Eagerness.MEDIUM)).isEqualTo(waitAfter(LEVEL, Eagerness.MEDIUM));
        }

        @Test
        void aKnockInThePauseDoesNotMakeItForgetHowTheSpeakerSounded() {
            Sound knocked = FALLING.then(Sound.silence(350)).then(Sound.voice(200, 200, -30, 100));
            assertThat(waitAfter(knocked, Eagerness.LOW)).isEqualTo(waitAfter(FALLING, Eagerness.LOW));
        }
    }

    @Nested
    class Pauses {
        @Test
        void aSpeakerOfLongPausesIsWaitedForLonger() {
            long quick = waitAfter(phrases(250), Eagerness.LOW);
            long slow = waitAfter(phrases(900), Eagerness.LOW);
            assertThat(quick).isLessThan(waitAfter(FALLING, Eagerness.LOW));
            assertThat(slow).isBetween(1_000L, 2_500L);
        }

        @Test
        void pausesOfHisUsualLengthDoNotSplitTheTurnsOfASpeakerOnceTheyAreKnown() {
            List<Turn> turns = turnsIn(
                    Sound.silence(1_000).then(phrases(900)).then(Sound.silence(9_000)),
                    TurnSettings.semantic(Eagerness.LOW));
            Turn last = turns.get(turns.size() - 1);
            assertThat(last.end() - last.start()).isGreaterThan(24L * 5_000);
        }

        @Test
        void theTimeBetweenTwoTurnsIsNone() {
            Sound turns = FALLING.then(Sound.silence(6_000))
                    .then(FALLING)
                    .then(Sound.silence(6_000))
                    .then(FALLING);
            assertThat(waitAfter(turns, Eagerness.LOW)).isEqualTo(waitAfter(FALLING, Eagerness.LOW));
        }

        private Sound phrases(int pauseMillis) {
            Sound all = FALLING;
            for (int i = 0; i < 9; i++)
                all = all.then(Sound.silence(pauseMillis)).then(FALLING);
            return all;
        }
    }

    @Nested
    class Bounds {
        @ParameterizedTest
        @EnumSource(Eagerness.class)
        void noEndIsDecidedSoonerThanTheLeastOrLaterThanTheLongestWait(Eagerness eagerness) {
            int ends = 0;
            for (int seed = 0; seed < 12; seed++) {
                for (Turn turn : turnsIn(scene(seed), TurnSettings.semantic(eagerness))) {
                    if (turn.isOpen()) continue;
                    assertThat(turn.waitMillis())
                            .isBetween((long) LEAST_MILLIS, (long) eagerness.longestSilenceMillis());
                    assertThat(turn.heardAtDecision() - turn.decided()).isBetween(0L, 239L);
                    ends++;
                }
            }
            assertThat(ends).isGreaterThan(12);
        }

        @Test
        void theMoreEagerNeverEndsATurnLater() {
            int differences = 0;
            for (int seed = 0; seed < 12; seed++) {
                Sound scene = scene(seed);
                BitSet high = inTurn(scene, Eagerness.HIGH);
                BitSet medium = inTurn(scene, Eagerness.MEDIUM);
                BitSet low = inTurn(scene, Eagerness.LOW);
                assertThat(contains(medium, high)).as("medium, seed %s", seed).isTrue();
                assertThat(contains(low, medium)).as("low, seed %s", seed).isTrue();
                if (high.cardinality() < medium.cardinality() && medium.cardinality() < low.cardinality())
                    differences++;
            }
            assertThat(differences).isGreaterThan(6);
        }

        @Test
        void aHigherThresholdNeverHearsMore() {
            for (int seed = 0; seed < 4; seed++) {
                Sound scene = scene(seed);
                BitSet more = inTurn(scene, new TurnSettings(0, 300, 500, Eagerness.MEDIUM));
                assertThat(more.cardinality()).isPositive();
                for (int step = 1; step <= 10; step++) {
                    BitSet less = inTurn(scene, new TurnSettings(step / 10f, 300, 500, Eagerness.MEDIUM));
                    assertThat(contains(more, less))
                            .as("threshold %s", step / 10f)
                            .isTrue();
                    more = less;
                }
            }
        }

        /** Where a turn was under way, from where it was known to begin to where it was known to end, in frames. */
        private BitSet inTurn(Sound sound, Eagerness eagerness) {
            return inTurn(sound, TurnSettings.semantic(eagerness));
        }

        private BitSet inTurn(Sound sound, TurnSettings settings) {
            BitSet frames = new BitSet();
            for (Turn turn : turnsIn(sound, settings)) {
                frames.set((int) turn.heardAtStart() / 240, (int) turn.heardAtDecision() / 240);
            }
            return frames;
        }

        private boolean contains(BitSet more, BitSet less) {
            BitSet extra = (BitSet) less.clone();
            extra.andNot(more);
            return extra.isEmpty();
        }
    }

    @Nested
    class Settings {
        @Test
        void theSilenceOfServerVadIsNotLookedAt() {
            TurnSettings other = new TurnSettings(0.5f, 300, 5_000, Eagerness.MEDIUM);
            assertThat(turnsIn(scene(1), other)).isEqualTo(turnsIn(scene(1), TurnSettings.semantic(Eagerness.MEDIUM)));
        }

        @Test
        void theNoiseIsKeptWhenTheKindOfDetectionChanges() {
            for (boolean toSemantic : new boolean[] {true, false}) {
                Recorder turns = new Recorder();
                TurnDetector detector = TurnDetector.of(
                        toSemantic ? new TurnSettings(1, 300, 500) : new TurnSettings(1, 300, 500, Eagerness.HIGH));
                feed(detector, turns, Sound.softNoise(-35, 6_000, 16).toPcm16(), 480);
                detector.configure(toSemantic ? TurnSettings.semantic(Eagerness.HIGH) : TurnSettings.DEFAULT);
                feed(detector, turns, Sound.softNoise(-35, 6_000, 17).toPcm16(), 480);
                assertThat(turns.turns).isEmpty();
            }
        }

        @Test
        void aTurnUnderWayEndsByTheNewRule() {
            Recorder turns = new Recorder();
            TurnDetector detector = TurnDetector.of(TurnSettings.semantic(Eagerness.LOW));
            short[] sound =
                    Sound.silence(1_000).then(HELD).then(Sound.silence(1_000)).toPcm16();
            feed(detector, turns, sound, 480);
            assertThat(turns.turns).singleElement().matches(Turn::isOpen);
            detector.configure(TurnSettings.DEFAULT);
            feed(detector, turns, Sound.silence(10).toPcm16(), 480);
            assertThat(turns.turns).singleElement().matches(turn -> !turn.isOpen());
            assertThat(turns.turns.get(0).waitMillis()).isEqualTo(500);
        }

        @Test
        void anotherEagernessKeepsWhatWasHeardOfTheSpeaker() {
            Recorder turns = new Recorder();
            TurnDetector detector = TurnDetector.of(TurnSettings.semantic(Eagerness.HIGH));
            feed(
                    detector,
                    turns,
                    Sound.silence(1_000).then(FALLING).then(Sound.silence(250)).toPcm16(),
                    480);
            detector.configure(TurnSettings.semantic(Eagerness.LOW));
            feed(detector, turns, Sound.silence(9_000).toPcm16(), 480);
            assertThat(turns.turns).singleElement().matches(turn -> !turn.isOpen());
            assertThat(turns.turns.get(0).waitMillis()).isEqualTo(waitAfter(FALLING, Eagerness.LOW));
        }

        @Test
        void aTurnThatIsResetIsSwallowedWithItsEnd() {
            Recorder turns = new Recorder();
            TurnDetector detector = TurnDetector.of(TurnSettings.semantic(Eagerness.HIGH));
            feed(detector, turns, Sound.silence(1_000).then(FALLING).toPcm16(), 480);
            detector.reset();
            feed(detector, turns, FALLING.then(Sound.silence(3_000)).toPcm16(), 480);
            assertThat(turns.turns).singleElement().matches(Turn::isOpen);
        }
    }

    @Nested
    class Cuts {
        @Test
        void theSameSamplesGiveTheSameDecisionsHoweverTheyAreCut() {
            short[] sound = Sound.silence(20)
                    .then(Sound.voice(200, 120, -20, 130))
                    .then(Sound.silence(700))
                    .over(Sound.softNoise(-65, 100, 2))
                    .toPcm16();
            TurnSettings settings = TurnSettings.semantic(Eagerness.HIGH);
            List<Turn> whole = decisions(sound, sound.length, settings);
            assertThat(whole).singleElement().matches(turn -> !turn.isOpen());
            ByteBuf pcm = ByteBufAllocator.DEFAULT.buffer(2 * sound.length);
            try {
                for (short sample : sound) pcm.writeShortLE(sample);
                // No divisor of a frame: every position within a frame is cut many times, in speech and in silence.
                for (int cut = 1; cut < sound.length; cut += 7) {
                    Recorder turns = new Recorder();
                    turns.heard = sound.length;
                    TurnDetector detector = TurnDetector.of(settings);
                    detector.onAudio(pcm.slice(0, 2 * cut), turns);
                    detector.onAudio(pcm.slice(2 * cut, 2 * (sound.length - cut)), turns);
                    assertThat(turns.positions()).isEqualTo(whole);
                }
            } finally {
                pcm.release();
            }
            short[] scene = scene(3).toPcm16();
            List<Turn> all = decisions(scene, scene.length, settings);
            assertThat(all).hasSizeGreaterThan(1);
            for (int piece : new int[] {1, 7, 239, 240, 241, 1_000}) {
                assertThat(decisions(scene, piece, settings)).isEqualTo(all);
            }
        }

        @Test
        void nothingIsAllocatedOnTheWay() {
            TurnDetector detector = TurnDetector.of(TurnSettings.semantic(Eagerness.HIGH));
            int[] ends = new int[1];
            TurnListener counter = new TurnListener() {
                @Override
                public void onSpeechStarted(long startSample) {}

                @Override
                public void onSpeechStopped(long endSample, long decidedSample) {
                    ends[0]++;
                }
            };
            short[] sound =
                    Sound.voice(200, 120, -25, 400).then(Sound.silence(2_100)).toPcm16();
            ByteBuf pcm = ByteBufAllocator.DEFAULT.heapBuffer(2 * sound.length);
            try {
                for (short sample : sound) pcm.writeShortLE(sample);
                pcm.clear();
                int pieceBytes = 960;
                assertThat(Allocation.bytesOfManyCalls(() -> {
                            int from = pcm.readerIndex();
                            pcm.writerIndex(from + pieceBytes);
                            detector.onAudio(pcm, counter);
                            int next = (from + pieceBytes) % (2 * sound.length);
                            pcm.setIndex(next, next);
                        }))
                        .isZero();
                assertThat(ends[0]).isGreaterThan(20);
            } finally {
                pcm.release();
            }
        }

        private List<Turn> decisions(short[] pcm, int pieceSamples, TurnSettings settings) {
            Recorder turns = new Recorder();
            feed(TurnDetector.of(settings), turns, pcm, pieceSamples);
            return turns.positions();
        }
    }

    @Nested
    class Recordings {
        private static final List<String> FILES =
                List.of("question-24k-3.3s.wav", "front-center-48k.wav", "side-left-48k.wav", "rear-right-48k.wav");

        @ParameterizedTest
        @EnumSource(Eagerness.class)
        void aSpeakerWhoHesitatesIsSplitLessOftenThanByAShortSilenceAndNeverWaitedForTooLong(Eagerness eagerness) {
            int split = 0;
            int splitByServerVad = 0;
            for (String file : FILES) {
                for (int pauseMillis : new int[] {300, 700}) {
                    for (int noiseDbfs : new int[] {-55, -45}) {
                        Sound scene = scene(file, pauseMillis, noiseDbfs);
                        List<Turn> turns = turnsIn(scene, TurnSettings.semantic(eagerness));
                        assertThat(turns).isNotEmpty().noneMatch(Turn::isOpen);
                        assertThat(turns).allMatch(turn -> turn.waitMillis() <= eagerness.longestSilenceMillis());
                        split += turns.size() - 1;
                        splitByServerVad +=
                                turnsIn(scene, new TurnSettings(0.5f, 300, 200)).size() - 1;
                    }
                }
            }
            assertThat(splitByServerVad).isGreaterThanOrEqualTo(16);
            assertThat(split).isLessThanOrEqualTo(splitByServerVad / 2);
        }

        private Sound scene(String file, int pauseMillis, int noiseDbfs) {
            Sound speech = Sound.recorded(SharedFiles.require("audio/" + file)).at(-25);
            Sound noise =
                    Sound.recorded(SharedFiles.require("audio/noise-48k.wav")).at(noiseDbfs);
            return Sound.silence(4_000)
                    .then(speech.hesitatingFor(pauseMillis))
                    .then(Sound.silence(9_000))
                    .over(noise);
        }
    }

    private record Turn(long start, long end, long decided, long heardAtStart, long heardAtDecision) {
        boolean isOpen() {
            return end < 0;
        }

        long waitMillis() {
            return (decided - end) / 24;
        }
    }

    /** Four syllables up and down, then one that moves as told. */
    private static Sound phrase(double fromHz, double toHz) {
        Sound phrase = Sound.silence(0);
        for (int i = 0; i < 4; i++) {
            double hz = fromHz * (i % 2 == 0 ? 1.1 : 1.25);
            phrase = phrase.then(Sound.voice(hz, hz * 1.05, -25, 140)).then(Sound.silence(40));
        }
        return phrase.then(Sound.voice(fromHz, toHz, -25, 260));
    }

    private static Sound scene(int seed) {
        Random random = new Random(seed);
        Sound scene = Sound.silence(500);
        for (int i = 0; i < 10; i++) {
            Sound spoken = switch (random.nextInt(6)) {
                case 0 -> FALLING;
                case 1 -> LEVEL;
                case 2 -> RISING;
                case 3 -> HELD;
                case 4 -> Sound.voice(200, 120, -45 + 30 * random.nextDouble(), 30 + random.nextInt(400));
                default -> Sound.whiteNoise(-50 + 30 * random.nextDouble(), 20 + random.nextInt(300), i);
            };
            scene = scene.then(spoken).then(Sound.silence(10 * random.nextInt(i % 4 == 3 ? 900 : 120)));
        }
        return scene.then(Sound.silence(9_000)).over(Sound.softNoise(-65, 3_000, seed));
    }

    private static long waitAfter(Sound speech, Eagerness eagerness) {
        Sound scene = Sound.silence(1_000).then(speech).then(Sound.silence(9_000));
        List<Turn> turns = turnsIn(scene, TurnSettings.semantic(eagerness));
        return turns.get(turns.size() - 1).waitMillis();
    }

    private static long waitAfter(Sound speech, Sound noise) {
        Sound scene =
                Sound.silence(4_000).then(speech).then(Sound.silence(9_000)).over(noise);
        List<Turn> turns = turnsIn(scene, TurnSettings.semantic(Eagerness.MEDIUM));
        return turns.get(turns.size() - 1).waitMillis();
    }

    private static List<Turn> turnsIn(Sound sound, TurnSettings settings) {
        Recorder turns = new Recorder();
        feed(TurnDetector.of(settings), turns, sound.toPcm16(), 240);
        return turns.turns;
    }

    private static void feed(TurnDetector detector, Recorder turns, short[] pcm, int pieceSamples) {
        for (int from = 0; from < pcm.length; from += pieceSamples) {
            feed(detector, turns, pcm, from, Math.min(pcm.length, from + pieceSamples));
        }
    }

    private static void feed(TurnDetector detector, Recorder turns, short[] pcm, int from, int to) {
        ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer(2 * (to - from));
        try {
            for (int i = from; i < to; i++) buffer.writeShortLE(pcm[i]);
            turns.heard += to - from;
            detector.onAudio(buffer, turns);
        } finally {
            buffer.release();
        }
    }

    private static final class Recorder implements TurnListener {
        private final List<Turn> turns = new ArrayList<>();
        private long heard;

        @Override
        public void onSpeechStarted(long startSample) {
            assertThat(turns).allMatch(turn -> !turn.isOpen());
            turns.add(new Turn(startSample, -1, -1, heard, heard));
        }

        @Override
        public void onSpeechStopped(long endSample, long decidedSample) {
            Turn open = turns.remove(turns.size() - 1);
            assertThat(open).matches(Turn::isOpen);
            assertThat(decidedSample).isBetween(endSample, heard);
            turns.add(new Turn(open.start(), endSample, decidedSample, open.heardAtStart(), heard));
        }

        /** Without what depends on the cuts. */
        List<Turn> positions() {
            return turns.stream()
                    .map(turn -> new Turn(turn.start(), turn.end(), turn.decided(), 0, 0))
                    .toList();
        }
    }
}
