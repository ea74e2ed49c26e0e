package dev.antiphon.cascade;

import static dev.antiphon.cascade.CascadeHarness.BROKEN;
import static dev.antiphon.cascade.CascadeHarness.request;
import static dev.antiphon.cascade.CascadeHarness.user;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class SpokenFallbackTest {
    private final CascadeHarness h = new CascadeHarness();
    private final SpokenFallback fallback = h.fallback();
    private final UpstreamCalls.Call call = h.start(fallback, request(user("hi")));

    @Test
    void aSpokenAnswerPassesAsItIs() {
        h.chat().reads(to -> {
            to.onRole("assistant");
            to.onAudioId("audio_1");
            to.onTranscript("Hel");
        });
        h.chat().reads(to -> {
            sound(to, 10);
            to.onTick();
            to.onTranscript("lo.");
            to.onAudioExpiry(5);
        });
        h.chat().completes();
        assertThat(h.reply.take())
                .containsExactly(
                        "role assistant",
                        "id audio_1",
                        "words Hel",
                        "audio 10",
                        "tick",
                        "words lo.",
                        "expiry",
                        "finish STOP",
                        "usage 7",
                        "completed");
        assertThat(h.speeches).isEmpty();
    }

    @Test
    void aWrittenAnswerIsSpoken() {
        h.chat().writes("I would", " rather write.");
        assertThat(h.reply.take()).isEmpty();
        h.chat().writes(" Much");
        assertThat(h.spoken()).containsExactly("I would rather write.");
        h.chat().completes();
        h.speech(0).bytes(10);
        h.speech(0).completes();
        h.speech(1).bytes(4);
        h.speech(1).completes();
        assertThat(h.reply.take())
                .containsExactly(
                        "words I would rather write.",
                        "audio 10",
                        "words  Much",
                        "audio 4",
                        "usage 7",
                        "finish STOP",
                        "completed");
    }

    @Test
    void soIsOneWithoutAnEnd() {
        h.chat().writes("No point");
        h.chat().completes();
        assertThat(h.spoken()).containsExactly("No point");
        call.cancel();
    }

    @Test
    void textBeforeSoundIsPassedOnWithIt() {
        h.chat().writes("Hm");
        h.chat().reads(to -> sound(to, 6));
        h.chat().writes(" and. More. ");
        h.chat().completes();
        assertThat(h.reply.take())
                .containsExactly("text Hm", "audio 6", "text  and. More. ", "finish STOP", "usage 7", "completed");
        assertThat(h.speeches).isEmpty();
    }

    @Test
    void soundAfterWordsThatAreBeingSpokenIsDropped() {
        h.chat().writes("I am speaking. Now ");
        h.chat().reads(to -> {
            to.onAudioId("audio_1");
            to.onTranscript("I am");
            sound(to, 6);
            to.onAudioExpiry(4);
        });
        h.chat().completes();
        h.speech(0).bytes(2);
        h.speech(0).completes();
        h.speech(1).completes();
        assertThat(h.reply.take())
                .containsExactly(
                        "words I am speaking.", "audio 2", "words  Now ", "usage 7", "finish STOP", "completed");
    }

    @Test
    void wordsBeforeACallAreSpokenAndTheCallPasses() {
        h.chat().writes("Let me see");
        h.chat().reads(to -> to.onToolCall(0, "c", "f", "{}"));
        h.speech(0).bytes(4);
        assertThat(h.reply.take()).containsExactly("words Let me see", "audio 4", "call 0 c f {}");
        call.cancel();
    }

    @Test
    void aCallAlonePasses() {
        h.chat().reads(to -> to.onToolCall(0, "c", "f", "{}"));
        h.chat().completes();
        assertThat(h.reply.take()).containsExactly("call 0 c f {}", "finish STOP", "usage 7", "completed");
    }

    @Test
    void aFaultBeforeAnythingWasToldMayBeRetried() {
        h.chat().writes("Half a sent");
        h.chat().fails(BROKEN);
        assertThat(h.reply.take()).containsExactly("fault broken retryable");
    }

    @Test
    void whatIsAskedForInTextIsLeftAlone() {
        h.start(fallback, request(user("hi")).withSpeech(null));
        h.chat().writes("In text. Indeed. ");
        h.chat().completes();
        assertThat(h.reply.take()).containsExactly("text In text. Indeed. ", "finish STOP", "usage 7", "completed");
        call.cancel();
    }

    @Test
    void cancelEndsTheModelAndTheSpeech() {
        h.chat().writes("One. Two. Three");
        h.speech(1).bytes(100);
        call.cancel();
        assertThat(h.open()).isZero();
    }

    @Test
    void roomIsPassedOn() {
        h.reply.isFull = true;
        assertThat(h.chat().inlet.isFull()).isTrue();
        call.resumeReads();
        assertThat(h.chat().resumes).isEqualTo(1);
        h.chat().writes("One. Two");
        h.speech(0).bytes(10);
        assertThat(h.reply.take()).isEmpty();
        h.reply.isFull = false;
        call.resumeReads();
        h.runLater();
        assertThat(h.reply.take()).containsExactly("words One.", "audio 10");
        call.cancel();
    }

    private static void sound(ReplyInlet to, int bytes) {
        ByteBuf pcm = PooledByteBufAllocator.DEFAULT.buffer(bytes).writeZero(bytes);
        try {
            to.onAudio(pcm);
        } finally {
            pcm.release();
        }
    }
}
