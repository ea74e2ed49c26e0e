package dev.antiphon.session;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.Conversation;
import dev.antiphon.conversation.Item;
import dev.antiphon.metrics.Stage;
import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.playout.Ledger;
import dev.antiphon.session.ResponseSnapshot.Outcome;
import dev.antiphon.session.ResponseSnapshot.Reason;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.session.Timers.Deadline;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.UpstreamFault.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The responses of a session that are under way: at most one of the conversation's own, and any number out of band beside
 * it.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class Responses {
    private static final Logger LOG = LoggerFactory.getLogger(Responses.class);

    /** A response that is late because the client has not taken it yet is looked at again after so long. */
    private static final long CLIENTS_TIME_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Each is a call to the model and a queue of its own. */
    private static final int MOST_OUT_OF_BAND = 16;

    /** What becomes of the conversation's own response. */
    interface Listener {
        /** Its first output item has been opened. */
        void onOutputBegun();

        /** It is done, whatever ended it. */
        void onEnded(ResponseSnapshot done);
    }

    private final SessionStart start;
    private final SessionPorts ports;
    private final Conversation conversation;
    private final Ledger ledger;
    private final Listener listener;
    private final UsageAccount account;

    private final Map<String, Running> running = new LinkedHashMap<>(); // by id, oldest first
    private List<Running> inOrder = List.of(); // the same: a list of its own for each change, as a drain makes some
    private @Nullable Running own; // the conversation's; null: none
    private SessionClock clock = new SessionClock(0, 0);
    private int started;

    Responses(
            SessionStart start,
            SessionPorts ports,
            Conversation conversation,
            Ledger ledger,
            UsageAccount account,
            Listener listener) {
        this.start = start;
        this.ports = ports;
        this.conversation = conversation;
        this.ledger = ledger;
        this.account = account;
        this.listener = listener;
    }

    void open(SessionClock sessionClock) {
        clock = sessionClock;
    }

    /** The id of the conversation's own response; null: none is active. */
    @Nullable
    String ownId() {
        return own == null ? null : own.response.id();
    }

    boolean isRunning(String responseId) {
        return running.containsKey(responseId);
    }

    /** Whether no model is asked. */
    boolean isIdle() {
        return running.isEmpty();
    }

    /** How many were ever started. */
    int started() {
        return started;
    }

    /**
     * Starts a response: tells the client, asks the model.
     *
     * @throws ClientFault too many run out of band
     */
    void start(Plan plan, TurnTimeline timeline, long nowNanos) {
        if (plan.isOutOfBand && running.size() - (own == null ? 0 : 1) >= MOST_OUT_OF_BAND) {
            throw new ClientFault(
                    "invalid_value",
                    "response.conversation: none (expected: at most " + MOST_OUT_OF_BAND
                            + " responses out of band at a time)",
                    "response.conversation",
                    null);
        }
        timeline.mark(Stage.TURN_DECIDED, nowNanos);
        Running started = new Running(plan, timeline, nowNanos);
        running.put(started.response.id(), started);
        inOrder = List.copyOf(running.values());
        if (!plan.isOutOfBand) own = started;
        this.started++;
        ports.client().send(new ServerEvent.ResponseCreated(started.response.snapshot(Outcome.IN_PROGRESS)));
        setDeadline();
        started.ask(nowNanos);
    }

    /**
     * What a response is to be.
     *
     * @param input what the model is told instead of the conversation; null: the conversation
     */
    record Plan(
            SessionSettings settings,
            Map<String, String> metadata,
            boolean isOutOfBand,
            @Nullable List<Item> input) {
        /** The answer to the conversation as it is. */
        static Plan answer(SessionSettings settings) {
            return new Plan(settings, Map.of(), false, null);
        }
    }

    /** Ends a response that is running. */
    void cancel(String responseId, Reason reason, long nowNanos) {
        Running cancelled = running.get(responseId);
        if (cancelled != null) cancelled.end(new Outcome(Status.CANCELLED, reason, null), nowNanos);
    }

    /** Ends all, the conversation's own last. */
    void cancelAll(long nowNanos) {
        String ownId = ownId();
        for (String id : List.copyOf(running.keySet())) {
            if (!id.equals(ownId)) cancel(id, Reason.CLIENT_CANCELLED, nowNanos);
        }
        if (ownId != null) cancel(ownId, Reason.CLIENT_CANCELLED, nowNanos);
    }

    /** Hands on what the models have said, as far as the client takes it. */
    void drain(long nowNanos) {
        List<Running> drained = inOrder;
        for (int i = 0; i < drained.size(); i++) drained.get(i).drain(nowNanos);
    }

    void onFirstAudioWritten(String responseId, long nowNanos) {
        Running spoken = running.get(responseId);
        if (spoken != null) spoken.response.timeline().mark(Stage.FIRST_FRAME_WRITTEN, nowNanos);
    }

    /** Ends those that have taken too long: the model, not a client that plays what it said as fast as it is spoken. */
    void onDeadline(long nowNanos) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(start.limits().responseNanos());
        Outcome timeout = new Outcome(
                Status.FAILED,
                null,
                new ResponseSnapshot.Failure("server_error", "timeout", "the answer took more than " + seconds + " s"));
        for (Running each : inOrder) {
            if (nowNanos - each.deadlineNanos < 0) continue;
            if (each.response.hasOutput() && !ports.client().isWritable()) {
                each.deadlineNanos = nowNanos + CLIENTS_TIME_NANOS;
            } else {
                each.end(timeout, nowNanos);
            }
        }
        setDeadline();
    }

    private void setDeadline() {
        Running first = null;
        List<Running> all = inOrder;
        for (int i = 0; i < all.size(); i++) {
            Running each = all.get(i);
            if (first == null || each.deadlineNanos - first.deadlineNanos < 0) first = each;
        }
        if (first == null) ports.timers().cancel(Deadline.RESPONSE);
        else ports.timers().set(Deadline.RESPONSE, first.deadlineNanos);
    }

    /** A response with its call to the model. */
    private final class Running implements ActiveResponse.Owner {
        private final Plan plan;
        private final ActiveResponse response;
        private final Ledger playout;
        private long deadlineNanos;
        private UpstreamCalls.@Nullable Call call; // null while it is being started
        private @Nullable ChatRequest charged; // null: the provider has not taken the request
        private boolean isRepaired;
        private long nowNanos;

        Running(Plan plan, TurnTimeline timeline, long nowNanos) {
            this.plan = plan;
            deadlineNanos = nowNanos + start.limits().responseNanos();
            // What is said out of band is nobody's playout: it must not shift what was heard of the conversation.
            playout = plan.isOutOfBand ? new Ledger(AudioFormat.PCM16_24KHZ) : ledger;
            response = new ActiveResponse(
                    new ResponseSnapshot.Identity(
                            start.ids().next("resp_"), plan.isOutOfBand ? null : conversation.id(), plan.metadata),
                    plan.settings,
                    timeline,
                    plan.isOutOfBand ? null : conversation,
                    playout,
                    start.ids(),
                    ports.client(),
                    this);
        }

        void ask(long now) {
            List<Item> items = plan.input == null ? conversation.items() : plan.input;
            ChatRequest request =
                    ModelPrompt.of(items, ledger, plan.settings, start.memory(), clock.unixSecondsAt(now));
            charged = request;
            call = ports.upstream().start(request, response.queue());
        }

        void drain(long now) {
            nowNanos = now;
            ReplyQueue queue = response.queue();
            response.drain(now);
            boolean same = running.get(response.id()) == this && queue == response.queue();
            if (same && call != null && queue.isDrained()) call.resumeReads();
        }

        void end(Outcome outcome, long now) {
            if (outcome.status() == Status.CANCELLED) response.timeline().mark(Stage.CANCELLED, now);
            if (call != null) call.cancel(); // of no effect where the model is through
            running.remove(response.id());
            inOrder = List.copyOf(running.values());
            boolean isOwn = own == this;
            if (isOwn) own = null;
            ResponseSnapshot done = response.end(outcome, now);
            account.onDone(done, response.made(), charged);
            LOG.debug("response={} {} request={}", response.id(), outcome.status(), response.requestId());
            setDeadline();
            ports.observer().onTurnEnded(done, response.timeline());
            if (outcome.status() == Status.CANCELLED) awaitFlush(response.timeline());
            if (isOwn) listener.onEnded(done);
        }

        private void awaitFlush(TurnTimeline timeline) {
            ports.client().onceFlushed(atNanos -> {
                timeline.mark(Stage.CANCEL_FLUSHED, atNanos);
                ports.observer().onCancelFlushed(timeline);
            });
        }

        @Override
        public void onOutputBegun() {
            if (own == this) listener.onOutputBegun();
        }

        @Override
        public void onReplyEnded(Outcome outcome) {
            end(outcome, nowNanos);
        }

        @Override
        public void onReplyFault(UpstreamFault fault) {
            if (!isRepaired && !response.hasOutput() && MemoryRepair.apply(fault, conversation, plan.input)) {
                isRepaired = true;
                LOG.info("response={} is asked for again, code={}", response.id(), fault.code());
                if (call != null) call.cancel(); // it is through; it may still hold its connection
                response.startOver();
                ask(nowNanos);
                return;
            }
            // What was refused, or never arrived, costs nothing.
            if (fault.kind() == Kind.REFUSED || fault.kind() == Kind.UNREACHABLE) charged = null;
            LOG.info(
                    "response={} failed type={} code={} request={}",
                    response.id(),
                    fault.type(),
                    fault.code(),
                    response.requestId());
            end(
                    new Outcome(
                            Status.FAILED,
                            null,
                            new ResponseSnapshot.Failure(fault.type(), fault.code(), fault.message())),
                    nowNanos);
        }
    }
}
