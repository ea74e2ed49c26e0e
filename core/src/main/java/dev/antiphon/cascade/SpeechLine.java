package dev.antiphon.cascade;

import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.SpeechRequest;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sentences of one answer on their way to the ear: the first is told to the asker as its sound comes, the next are
 * already being synthesised, the rest waits as text.
 *
 * <pre>
 *   told ◀── first: words, then sound │ next: sound is held │ … : text
 * </pre>
 *
 * <p>Threading: confined to the session's event loop.
 */
final class SpeechLine {
    private static final Logger LOG = LoggerFactory.getLogger(SpeechLine.class);

    /** Whose line it is. */
    interface Owner {
        /** Sound has come, or will not. */
        void onSpeech();

        /** A sentence cannot be spoken. Those before it may still be told. */
        void onSpeechFault(UpstreamFault fault);
    }

    private final BodyCalls speech;
    private final SpeechSettings settings;
    private final String voice;
    private final CascadeCosts costs;
    private final Asker asker;
    private final Owner owner;
    private final Deque<Utterance> line = new ArrayDeque<>();
    private int waitingChars;
    private boolean hasTold;
    private boolean isOver;

    SpeechLine(
            BodyCalls speech,
            SpeechSettings settings,
            String askedVoice,
            CascadeCosts costs,
            Asker asker,
            Owner owner) {
        this.speech = speech;
        this.settings = settings;
        this.voice = settings.voiceFor(askedVoice);
        this.costs = costs;
        this.asker = asker;
        this.owner = owner;
    }

    void add(Sentence sentence) {
        if (isOver) return;
        line.add(new Utterance(sentence, this, asker));
        waitingChars += sentence.text().length();
    }

    boolean isEmpty() {
        return line.isEmpty();
    }

    /** Whether the words of any sentence were told. */
    boolean hasBegun() {
        Utterance first = line.peek();
        return hasTold || (first != null && first.isAnnounced());
    }

    /** Characters of the sentences that are not wholly told. */
    int waitingChars() {
        return waitingChars;
    }

    /**
     * Asks for the speech that is wanted by now, and tells what has come, as far as there is room.
     *
     * @return why the next sentence cannot be told, when all that came of it was; null: nothing stands in the way
     */
    @Nullable
    UpstreamFault advance() {
        while (!isOver) {
            askForNext();
            Utterance first = line.peek();
            if (first == null || isOver || !first.pour()) return null;
            if (first.fault() != null) return first.fault();
            line.remove();
            hasTold = true;
            waitingChars -= first.sentence().text().length();
        }
        return null;
    }

    /** Nothing that was not asked for yet is spoken. */
    void dropUnasked() {
        dropAfter(null);
    }

    /** @param last null: the last one asked for */
    private void dropAfter(@Nullable Utterance last) {
        Utterance kept = last;
        for (Utterance each : line) if (last == null && each.isStarted()) kept = each;
        while (!line.isEmpty() && line.getLast() != kept) {
            Utterance dropped = line.removeLast();
            waitingChars -= dropped.sentence().text().length();
            dropped.cancel();
        }
    }

    /** Ends all calls and forgets all sound. Idempotent. */
    void cancel() {
        isOver = true;
        for (Utterance each : line) each.cancel();
        line.clear();
        waitingChars = 0;
    }

    boolean isOver() {
        return isOver;
    }

    boolean isNext(Utterance utterance) {
        return line.peek() == utterance;
    }

    /** Sound has come, or will not. */
    void onSpeech(Utterance utterance) {
        if (utterance.fault() != null) giveUp(utterance);
        owner.onSpeech();
    }

    private void giveUp(Utterance faulty) {
        UpstreamFault fault = faulty.fault();
        if (fault == null || !line.contains(faulty)) return;
        dropAfter(faulty);
        owner.onSpeechFault(fault);
    }

    private void askForNext() {
        int asked = 0;
        Utterance faulty = null;
        for (Utterance each : line) {
            if (each.sentence().isSilent()) continue;
            if (asked++ > settings.sentencesAhead()) break;
            if (!each.isStarted()) ask(each);
            if (each.fault() != null) faulty = each;
            if (faulty != null) break;
        }
        if (faulty != null) giveUp(faulty);
    }

    private void ask(Utterance utterance) {
        String spoken = utterance.sentence().spoken();
        SpeechRequest request =
                new SpeechRequest(settings.model(), spoken, voice, settings.instructions(), SpeechRequest.Form.PCM);
        try {
            utterance.startedAs(speech.start(request, utterance));
            costs.onSpeechAsked(settings.model(), spoken.length());
        } catch (IllegalArgumentException cannotBeWritten) {
            LOG.error("a speech request cannot be written", cannotBeWritten);
            utterance.fail(new UpstreamFault(
                    UpstreamFault.Kind.REFUSED,
                    0,
                    "server_error",
                    "upstream_invalid",
                    null,
                    "the speech model cannot be asked for speech",
                    false));
        }
    }
}
