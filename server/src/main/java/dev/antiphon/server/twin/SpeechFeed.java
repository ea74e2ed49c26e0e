package dev.antiphon.server.twin;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.twin.script.SoundScript;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the sentences of one answer spoken by the twin's workers, one after the other and never far ahead of the socket.
 *
 * <p>Threading: confined to the answer's event loop; the sound is made elsewhere and comes back to it.
 */
final class SpeechFeed {
    private static final Logger LOG = LoggerFactory.getLogger(SpeechFeed.class);

    private final List<String> sentences;
    private final Function<String, AudioClip> speaker;
    private final Executor workers;
    private final Executor loop;
    private final SoundScript script;
    private int spoken;
    private boolean isSpeaking;
    private boolean isStopped;

    /** @param speaker speaks one sentence; takes milliseconds */
    SpeechFeed(
            List<String> sentences,
            Function<String, AudioClip> speaker,
            Executor workers,
            Executor loop,
            SoundScript script) {
        this.sentences = sentences;
        this.speaker = speaker;
        this.workers = workers;
        this.loop = loop;
        this.script = script;
    }

    /** Has the next sentence spoken if the script wants it; {@code then} is told what became of it. */
    void pull(AnswerStream then) {
        if (isSpeaking || isStopped || spoken == sentences.size() || !script.wantsSound()) return;
        isSpeaking = true;
        String sentence = sentences.get(spoken);
        try {
            workers.execute(() -> speak(sentence, then));
        } catch (RejectedExecutionException overloaded) {
            then.fail();
        }
    }

    /** The caller has gone: what is not yet spoken never will be. */
    void stop() {
        isStopped = true;
    }

    /** On a worker. */
    private void speak(String sentence, AnswerStream then) {
        try {
            AudioClip speech = speaker.apply(sentence);
            loop.execute(() -> take(speech, then));
        } catch (RuntimeException e) {
            LOG.error("twin: a sentence could not be spoken", e);
            loop.execute(then::fail);
        }
    }

    private void take(AudioClip speech, AnswerStream then) {
        isSpeaking = false;
        if (isStopped) return;
        script.addSound(speech);
        if (++spoken == sentences.size()) script.endSound();
        then.advance();
    }
}
