package dev.antiphon.bench.load.caller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.bench.load.caller.ConversationPlan.Span;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.turn.TurnDetector;
import dev.antiphon.turn.TurnListener;
import dev.antiphon.turn.TurnSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class CallerSoundTest {
    private int started;
    private int stopped;
    private long heardFrames;
    private long latestStart; // frames behind the voice
    private long latestStop; // the same
    private long voiceBegan;
    private long voiceEnded;

    /** What the load rests on: were a turn not heard, or heard as two, the load would be another. */
    @Test
    void serverVadHearsEveryTurnOnceAndOnTime() {
        Span listen = new Span(1_500, 4_000);
        ConversationPlan plan = new ConversationPlan(3, new Span(500, 3_500), listen, listen, 0);
        TurnDetector detector = TurnDetector.of(TurnSettings.DEFAULT);
        CallerSchedule schedule = new CallerSchedule(plan, 0);
        int spoken = 0;
        for (int frame = 0; frame < 30_000; frame++) {
            schedule.next();
            if (schedule.beginsTurn()) voiceBegan = frame;
            if (schedule.endsTurn()) {
                voiceEnded = frame;
                spoken++;
                assertThat(started).as("turn %d", spoken).isEqualTo(spoken);
                assertThat(stopped).as("turn %d", spoken).isEqualTo(spoken - 1);
            }
            heardFrames = frame + 1L;
            hear(detector, CallerSound.frame(schedule.soundFrame()));
        }
        assertThat(spoken).isGreaterThan(100);
        assertThat(stopped).isBetween(spoken - 1, spoken);
        assertThat(latestStart).as("frames from the voice to its being heard").isLessThanOrEqualTo(20);
        assertThat(latestStop).as("frames from its end to the decision").isBetween(20L, 27L);
    }

    private void hear(TurnDetector detector, byte[] frame) {
        ByteBuf pcm = PooledByteBufAllocator.DEFAULT.heapBuffer(frame.length).writeBytes(frame);
        try {
            detector.onAudio(pcm, new TurnListener() {
                @Override
                public void onSpeechStarted(long startSample) {
                    started++;
                    latestStart = Math.max(latestStart, heardFrames - voiceBegan);
                }

                @Override
                public void onSpeechStopped(long endSample, long decidedSample) {
                    stopped++;
                    latestStop = Math.max(latestStop, heardFrames - voiceEnded);
                }
            });
        } finally {
            pcm.release();
        }
    }
}
