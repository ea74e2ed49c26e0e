package dev.antiphon.playout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.audio.AudioFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    private static final long SECOND_SAMPLES = FORMAT.sampleRateHz();
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Ledger ledger = new Ledger(FORMAT);

    @Nested
    class Heard {
        @Test
        void isAllThatWasSentUntilSomebodyKnowsBetter() {
            LedgerEntry entry = spoken("item_1", "One two.", 1, 0);
            assertThat(entry.heardSamples()).isEqualTo(SECOND_SAMPLES);
            assertThat(entry.heardTranscript()).isEqualTo("One two.");
            assertThat(entry.isHeardWhole()).isTrue();
        }

        @Test
        void isWhatAPlayerInRealTimeReachedBeforeTheInterruption() {
            LedgerEntry entry = spoken("item_1", "One two.", 2, 0);
            ledger.onInterrupted(SECOND_NANOS / 2);
            assertThat(entry.heardSamples()).isEqualTo(SECOND_SAMPLES / 2);
        }

        @Test
        void runsOverSeveralItemsInTheOrderOfSending() {
            LedgerEntry first = spoken("item_1", "One.", 1, 0);
            LedgerEntry second = spoken("item_2", "Two.", 1, 0);
            ledger.onInterrupted(SECOND_NANOS + SECOND_NANOS / 4);
            assertThat(first.isHeardWhole()).isTrue();
            assertThat(second.heardSamples()).isEqualTo(SECOND_SAMPLES / 4);
        }

        @Test
        void countsTheWaitOfAPlayerThatRanDry() {
            LedgerEntry entry = ledger.open("item_1");
            send(entry, SECOND_SAMPLES, 0);
            send(entry, SECOND_SAMPLES, 5 * SECOND_NANOS);
            ledger.onInterrupted(5 * SECOND_NANOS + SECOND_NANOS / 2);
            assertThat(entry.heardSamples()).isEqualTo(SECOND_SAMPLES + SECOND_SAMPLES / 2);
        }

        /** The client hears each piece so much later than we send it, and starts so much later; it plays without a gap. */
        @Test
        void isAnEstimateThatIsOffByNoMoreThanTheWayToTheClient() {
            Random random = new Random(7);
            for (int i = 0; i < 1_000; i++) {
                Ledger ours = new Ledger(FORMAT);
                PlayoutClock theirs = new PlayoutClock(FORMAT);
                LedgerEntry entry = ours.open("item_" + i);
                long wayNanos = TimeUnit.MILLISECONDS.toNanos(random.nextInt(250));
                long nowNanos = random.nextLong();
                long received = 0;
                for (int piece = random.nextInt(20) + 1; piece > 0; piece--) {
                    long samples = random.nextInt(9_600);
                    entry.onGenerated(samples);
                    ours.onSent(entry, samples, nowNanos);
                    theirs.onSent(samples, nowNanos + wayNanos);
                    received += samples;
                    nowNanos += TimeUnit.MILLISECONDS.toNanos(random.nextInt(300));
                }
                ours.onInterrupted(nowNanos);
                long heardByClient = received - Math.min(received, theirs.unplayedSamples(nowNanos));
                long wayMillis = FORMAT.millisOf(FORMAT.samplesInNanos(wayNanos)) + 1;
                assertThat(FORMAT.millisOf(entry.heardSamples()) - FORMAT.millisOf(heardByClient))
                        .isBetween(-1L, wayMillis);
                assertThat(entry.isHeardEstimated()).isEqualTo(entry.heardSamples() > 0);
            }
        }

        @Test
        void isNoLongerAnEstimateOnceTheClientSaysSo() {
            LedgerEntry entry = spoken("item_1", "One two.", 2, 0);
            assertThat(entry.isHeardEstimated()).isTrue();
            entry.truncate(SECOND_SAMPLES);
            assertThat(entry.isHeardEstimated()).isFalse();
        }

        @Test
        void anAcknowledgementIsNeverTakenBackByAnEstimate() {
            LedgerEntry entry = spoken("item_1", "One two.", 2, 0);
            entry.onAcknowledged(SECOND_SAMPLES);
            ledger.onInterrupted(0);
            assertThat(entry.heardSamples()).isEqualTo(SECOND_SAMPLES);
            assertThat(entry.acknowledgedSamples()).isEqualTo(SECOND_SAMPLES);
        }

        @Test
        void theClientsTruncationOverrulesEveryEstimate() {
            LedgerEntry entry = spoken("item_1", "One two.", 2, 0);
            entry.truncate(SECOND_SAMPLES);
            ledger.onInterrupted(0);
            assertThat(entry.heardSamples()).isEqualTo(SECOND_SAMPLES);
        }

        @Test
        void aTruncationIsClampedToWhatWasSent() {
            LedgerEntry entry = spoken("item_1", "One two.", 1, 0);
            assertThat(entry.truncate(9 * SECOND_SAMPLES)).isEqualTo(SECOND_SAMPLES);
            assertThat(entry.truncate(-1)).isZero();
        }

        @Test
        void moreCannotBeSentThanWasGenerated() {
            LedgerEntry entry = ledger.open("item_1");
            assertThatThrownBy(() -> ledger.onSent(entry, 1, 0)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Nested
    class HeardTranscript {
        @Test
        void isCutAtTheHeardShareBackToAWholeWord() {
            LedgerEntry entry = spoken("item_1", "alpha bravo charl delta", 2, 0);
            entry.truncate(SECOND_SAMPLES); // 11 of 23 characters
            assertThat(entry.heardTranscript()).isEqualTo("alpha bravo");
            entry.truncate(SECOND_SAMPLES - 2_500); // 10
            assertThat(entry.heardTranscript()).isEqualTo("alpha");
        }

        @Test
        void leavesOutWordsThatCameAfterTheLastHeardSample() {
            LedgerEntry entry = ledger.open("item_1");
            entry.onTranscript("early");
            send(entry, SECOND_SAMPLES, 0);
            entry.onTranscript(" late but short");
            send(entry, 100 * SECOND_SAMPLES, 0);
            entry.onGenerationEnded();
            entry.truncate(SECOND_SAMPLES - 1);
            assertThat(entry.heardTranscript()).isEmpty();
            entry.truncate(99 * SECOND_SAMPLES);
            assertThat(entry.heardTranscript()).isEqualTo("early late but");
        }

        @Test
        void ofAnUnfinishedAnswerAssumesThatTheWordsRunAheadOfTheSound() {
            LedgerEntry entry = ledger.open("item_1");
            entry.onTranscript("thirty characters and no more.");
            send(entry, SECOND_SAMPLES, 0); // 30 characters take two seconds
            assertThat(entry.heardTranscript()).isEqualTo("thirty");
        }

        @Test
        void isEmptyWhereNothingWasHeard() {
            LedgerEntry entry = spoken("item_1", "One two.", 1, 0);
            entry.truncate(0);
            assertThat(entry.heardTranscript()).isEmpty();
        }

        @Test
        void ofAnAnswerWithoutSoundIsTheWholeText() {
            LedgerEntry entry = ledger.open("item_1");
            entry.onTranscript("Only written.");
            entry.onGenerationEnded();
            assertThat(entry.heardTranscript()).isEqualTo("Only written.");
        }

        @Test
        void isTheSameHoweverThePiecesOfOneMomentAreCut() {
            LedgerEntry inOne = ledger.open("item_1");
            LedgerEntry inMany = ledger.open("item_2");
            for (String words : new String[] {"At first,", " then", " and in the end, all of it."}) {
                inOne.onTranscript(words);
                words.chars().forEach(c -> inMany.onTranscript(String.valueOf((char) c)));
                send(inOne, SECOND_SAMPLES, 0);
                send(inMany, SECOND_SAMPLES, 0);
            }
            inMany.settle();
            assertThat(inMany.transcript()).isEqualTo(inOne.transcript());
            for (long heard = 3 * SECOND_SAMPLES; heard >= 0; heard -= 100) {
                inOne.truncate(heard);
                inMany.truncate(heard);
                assertThat(inMany.heardTranscript()).isEqualTo(inOne.heardTranscript());
            }
        }

        @Test
        void isOneStringOnceNothingIsAdded() {
            LedgerEntry entry = spoken("item_1", "One two.", 1, 0);
            entry.settle();
            assertThat(entry.heardTranscript()).isSameAs(entry.transcript());
            assertThatIllegalStateException().isThrownBy(() -> entry.onTranscript(" Three."));
        }

        @Test
        void neverGrowsWhenLessWasHeardAndIsAlwaysAPrefix() {
            String text = "It's a naïve 😀 test, isn't it? Yes — and no.";
            LedgerEntry entry = spoken("item_1", text, 3, 0);
            String longer = text;
            for (long heard = 3 * SECOND_SAMPLES; heard >= 0; heard -= 100) {
                entry.truncate(heard);
                String words = entry.heardTranscript();
                assertThat(longer).startsWith(words);
                assertThat(words).doesNotEndWith("\uD83D");
                longer = words;
            }
            assertThat(longer).isEmpty();
        }
    }

    private LedgerEntry spoken(String itemId, String transcript, int seconds, long nowNanos) {
        LedgerEntry entry = ledger.open(itemId);
        entry.onTranscript(transcript);
        send(entry, seconds * SECOND_SAMPLES, nowNanos);
        entry.onGenerationEnded();
        return entry;
    }

    private void send(LedgerEntry entry, long samples, long nowNanos) {
        entry.onGenerated(samples);
        ledger.onSent(entry, samples, nowNanos);
    }
}
