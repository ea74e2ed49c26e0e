package dev.antiphon.bench.load.caller;

import dev.antiphon.bench.load.record.Count;
import dev.antiphon.bench.load.record.CutLedger;
import dev.antiphon.bench.load.record.LoadRecorder;
import dev.antiphon.bench.load.record.Measure;
import dev.antiphon.bench.load.record.PlayerModel;
import dev.antiphon.bench.load.record.RunWindow;
import dev.antiphon.bench.load.stamp.Stamp;
import dev.antiphon.bench.load.stamp.StampReader;

/**
 * One caller: sends what its schedule says when the wheel says so, and takes down what comes back. What comes back changes
 * what is recorded, never what is sent or when.
 *
 * <p>Threading: confined to its event loop.
 */
final class Caller implements AnswerEvents, StampReader.Listener {
    /*
     *                                                       ┌──────────── end of the answer ───────────┐
     *   SILENT ──turn ends──▶ AWAITING_ANSWER ──sound──▶ ANSWERING                                     ▼
     *     ▲                        └─── end without sound, next turn ends ──▶ failed or interrupted ─▶ SILENT
     *     └────────────────────────────────────────────────────────────────────────────────────────────┘
     *
     * An answer is cut when its caller speaks again: by speech_started where the other side listens, by the caller's own
     * word elsewhere. A cut answer owes no more pieces.
     */
    private enum State {
        SILENT,
        AWAITING_ANSWER,
        ANSWERING
    }

    /** What all callers of a run share. */
    record Run(CallerSettings settings, RunWindow window, LoadRecorder recorder, CutLedger cuts) {}

    private final Run run;
    private final CallerWire wire;
    private final CallerSchedule schedule;
    private final StampReader stamps = new StampReader();
    private final PlayerModel player = new PlayerModel();
    private final PlayerModel playerAtModel = new PlayerModel(); // what a listener beside the model would hear

    private State state = State.SILENT;
    private long firstFrameNanos;
    private long lastFrameNanos; // of the frames sent
    private boolean hasSentFrames;
    private boolean isMute; // the run is over: no turn begins any more

    private long lastAnswerId; // of the turns before; an upstream numbers its answers upwards

    // Of the turn at hand; valid but in SILENT.
    private boolean isMeasured;
    private long turnEndNanos; // the first frame without the voice was to be sent
    private boolean isDecisionKnown;
    private long decidedNanos; // the frame that ended the turn was to be sent
    private boolean hasBelated; // something of an earlier turn came
    private boolean isCut;
    private long cutNanos; // the frame that cut it was to be sent
    private long cutKnownNanos; // we were told of the cut
    private long lastSoundNanos;
    private long answerId; // 0: no piece yet
    private int nextSequence;
    private int pieces;

    Caller(Run run, CallerWire wire, int number) {
        this.run = run;
        this.wire = wire;
        schedule = new CallerSchedule(run.settings().plan(), number);
    }

    /** The next frame is due. */
    void onDue(long dueNanos, long nowNanos) {
        schedule.next();
        if (!hasSentFrames) firstFrameNanos = dueNanos;
        hasSentFrames = true;
        if (schedule.beginsTurn()) beginTurn(dueNanos);
        if (schedule.endsTurn() && !isMute) endTurn(dueNanos);
        if (run.settings().uplink() == CallerSettings.Uplink.AUDIO) sendFrame(dueNanos, nowNanos);
    }

    private void sendFrame(long dueNanos, long nowNanos) {
        boolean isVoice = schedule.isSpeaking() && !isMute;
        if (!isVoice && !run.settings().pausesAreSent()) return;
        lastFrameNanos = dueNanos;
        wire.sendFrame(isVoice ? schedule.soundFrame() : schedule.roomFrame());
        if (!run.window().contains(dueNanos)) return;
        run.recorder().add(Count.FRAMES_SENT, 1);
        if (nowNanos - dueNanos > LoadRecorder.LATE_FRAME_NANOS) run.recorder().add(Count.FRAMES_LATE, 1);
    }

    private void beginTurn(long dueNanos) {
        isMute = run.window().isOver(dueNanos);
        if (isMute || run.settings().areTurnsHeard() || state == State.SILENT) return;
        cut(dueNanos, dueNanos);
        wire.cancel();
    }

    private void endTurn(long dueNanos) {
        if (state != State.SILENT) conclude(false, lastSoundNanos);
        state = State.AWAITING_ANSWER;
        isMeasured = run.window().contains(dueNanos);
        turnEndNanos = dueNanos;
        hasBelated = false;
        isCut = false;
        answerId = 0;
        nextSequence = 0;
        pieces = 0;
        lastSoundNanos = dueNanos;
        isDecisionKnown = !run.settings().areTurnsHeard();
        decidedNanos = dueNanos;
        if (run.settings().uplink() == CallerSettings.Uplink.NONE) wire.ask();
        else if (!run.settings().areTurnsHeard()) wire.endTurn();
    }

    /** Whether nothing is waited for that is measured. */
    boolean isSettled() {
        return state == State.SILENT || !isMeasured;
    }

    /** The call is over; what was still waited for has failed. */
    void end() {
        if (state != State.SILENT) conclude(true, lastSoundNanos);
    }

    @Override
    public void onSpeechStarted(long nowNanos) {
        // The frame in flight when this arrives may be a later one than that which was heard; with an answer well
        // within
        // 20 ms it is the last that was sent.
        if (state != State.SILENT && run.settings().areTurnsHeard()) cut(lastFrameNanos, nowNanos);
    }

    @Override
    public void onSpeechStopped(long endMillis) {
        if (state == State.SILENT || !run.settings().areTurnsHeard() || endMillis <= 0) return;
        long frame = (endMillis - 1) / 20;
        decidedNanos = firstFrameNanos + frame * FrameWheel.FRAME_NANOS;
        isDecisionKnown = true;
    }

    private void cut(long frameNanos, long nowNanos) {
        if (isCut) return;
        isCut = true;
        cutNanos = frameNanos;
        cutKnownNanos = nowNanos;
        if (answerId != 0 && isMeasured) run.cuts().onCut(answerId, frameNanos);
    }

    @Override
    public void onSound(byte[] pcm, int from, int to, long nowNanos) {
        if (state == State.AWAITING_ANSWER) {
            state = State.ANSWERING;
            player.begin();
            playerAtModel.begin();
        }
        lastSoundNanos = nowNanos;
        player.onSound(to - from, nowNanos);
        stamps.feed(pcm, from, to, nowNanos, this);
    }

    @Override
    public void onPiece(Stamp stamp, long nowNanos) {
        if (state != State.ANSWERING || isOfAnEarlierTurn(stamp)) return;
        if (stamp.answerId() != answerId) beginAnswer(stamp);
        if (stamp.sequence() < nextSequence) {
            onBroken();
            return;
        }
        if (!isMeasured) {
            nextSequence = stamp.sequence() + 1;
            return;
        }
        LoadRecorder recorder = run.recorder();
        recorder.add(Count.PIECES_DROPPED, stamp.sequence() - nextSequence);
        nextSequence = stamp.sequence() + 1;
        recorder.add(Count.PIECES_RECEIVED, 1);
        recorder.recordPiece(nowNanos - stamp.writtenNanos(), stamp.sequence() == 0);
        recorder.record(Measure.DOWNLINK_INTENDED, nowNanos - stamp.intendedNanos());
        recorder.record(Measure.UPSTREAM_LAG, stamp.writtenNanos() - stamp.intendedNanos());
        playerAtModel.onSound(stamp.pieceBytes(), stamp.intendedNanos());
    }

    /** An answer that came after the caller had given it up. */
    private boolean isOfAnEarlierTurn(Stamp stamp) {
        if (stamp.requestReadNanos() - turnEndNanos >= 0 && stamp.answerId() > lastAnswerId) return false;
        lastAnswerId = Math.max(lastAnswerId, stamp.answerId());
        hasBelated = true;
        return true;
    }

    private void beginAnswer(Stamp stamp) {
        answerId = stamp.answerId();
        nextSequence = 0;
        pieces = stamp.pieces();
        if (!isMeasured || !isDecisionKnown || isCut) return;
        long uplinkNanos = stamp.requestReadNanos() - decidedNanos;
        if (uplinkNanos >= 0) run.recorder().record(Measure.UPLINK, uplinkNanos);
        else run.recorder().add(Count.UPLINKS_IMPOSSIBLE, 1);
    }

    @Override
    public void onBroken() {
        if (isMeasured) run.recorder().add(Count.PIECES_BROKEN, 1);
    }

    @Override
    public void onAnswerEnded(boolean isFailed, long nowNanos) {
        stamps.reset();
        if (state == State.SILENT) return;
        if (hasBelated && answerId == 0) {
            hasBelated = false; // it is the end of that
            state = State.AWAITING_ANSWER;
            return;
        }
        conclude(isFailed, nowNanos);
    }

    @Override
    public void onErrorEvent(String event) {
        run.recorder().add(Count.ERROR_EVENTS, 1);
    }

    private void conclude(boolean isFailed, long nowNanos) {
        boolean hasSound = answerId != 0;
        state = State.SILENT;
        lastAnswerId = Math.max(lastAnswerId, answerId);
        if (!isMeasured) return;
        LoadRecorder recorder = run.recorder();
        if (hasSound) {
            player.onEnd(nowNanos);
            recorder.add(Count.UNDERRUNS, player.underruns());
            recorder.add(Count.UNDERRUN_NANOS, player.underrunNanos());
            recorder.add(Count.UNDERRUNS_UPSTREAM, playerAtModel.underruns());
            recorder.add(Count.UNDERRUN_UPSTREAM_NANOS, playerAtModel.underrunNanos());
        }
        if (isCut) {
            recorder.add(Count.TURNS_INTERRUPTED, 1);
            recorder.add(Count.PIECES_EXPECTED, nextSequence);
            long overNanos = run.settings().areTurnsHeard() ? later(cutKnownNanos, lastSoundNanos) : nowNanos;
            if (hasSound) recorder.record(Measure.BARGE_IN, overNanos - cutNanos);
            return;
        }
        recorder.add(Count.PIECES_EXPECTED, pieces);
        recorder.add(Count.PIECES_DROPPED, pieces - nextSequence);
        recorder.add(isFailed || !hasSound ? Count.TURNS_FAILED : Count.TURNS_COMPLETED, 1);
    }

    private static long later(long a, long b) {
        return a - b > 0 ? a : b;
    }
}
