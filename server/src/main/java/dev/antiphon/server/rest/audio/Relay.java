package dev.antiphon.server.rest.audio;

import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.RestRequest;
import dev.antiphon.server.rest.UpstreamRefusal;
import dev.antiphon.server.rest.sound.CodedSound;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.BodyRequest;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.UsageObserver;
import dev.antiphon.usage.UsageSplit;
import dev.antiphon.usage.UsageSplit.Ending;
import io.netty.buffer.ByteBuf;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer of a model's server on its way to a client: begun when its head says that it is what was asked for, handed on
 * byte for byte no faster than the client takes it, and charged to the client when it is over.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class Relay implements BodyListener {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

    private static final Refusal NOT_ASKED_FOR = new Refusal(
            502,
            "server_error",
            "upstream_invalid",
            "The model's server answered with something that was not asked for.");

    private final RestRequest request;
    private final RestAnswer answer;
    private final UsageObserver usage;
    private final Asked asked;
    private final AnswerCost cost;
    private State state = State.AWAITING_HEAD;
    private @Nullable Recoder recoder; // null: the bytes are handed on as they are
    private BodyCalls.@Nullable Call call; // null: not started, or over

    /**
     * What was asked for.
     *
     * @param contentTypes from what the server says to what the client is told; null: not this
     * @param coding makes the sound of the answer of PCM16 at 24 kHz, given what to tell when it has come further; null: the
     *     bytes are handed on as they are
     * @param estimate of what it costs where the server does not say
     * @param isHandled asked about a fault before anything was answered: true if something else is done about it
     */
    record Asked(
            BodyRequest body,
            ContentTypes.Choice contentTypes,
            @Nullable Function<Runnable, CodedSound> coding,
            TokenCounts estimate,
            Predicate<UpstreamFault> isHandled) {}

    private enum State {
        AWAITING_HEAD,
        STREAMING,
        /** The model is through, and some of its sound not yet coded. */
        AWAITING_SOUND,
        ENDED
    }

    Relay(RestRequest request, RestAnswer answer, UsageObserver usage, Asked asked) {
        this.request = request;
        this.answer = answer;
        this.usage = usage;
        this.asked = asked;
        cost = new AnswerCost(asked.body().endpoint());
    }

    void start(BodyCalls calls) {
        call = calls.start(asked.body(), this);
    }

    /** The client has gone. */
    void abandon() {
        if (state == State.ENDED) return;
        state = State.ENDED;
        if (call != null) call.cancel();
        closeRecoder();
        charge(Ending.CUT);
    }

    void onWritable() {
        if (state != State.ENDED && call != null) call.resumeReads();
    }

    @Override
    public boolean isFull() {
        return !answer.isWritable() || (recoder != null && recoder.isFull());
    }

    @Override
    public void onHead(String contentType) {
        if (state != State.AWAITING_HEAD) return;
        String known = asked.contentTypes().of(contentType);
        if (known == null) {
            end(NOT_ASKED_FOR);
            return;
        }
        state = State.STREAMING;
        cost.onHead(known);
        answer.begin(known);
        if (asked.coding() != null) recoder = new Recoder(asked.coding().apply(this::onCoded), answer);
    }

    @Override
    public void onBody(ByteBuf bytes) {
        if (state != State.STREAMING) return;
        cost.onBody(bytes);
        if (recoder == null) {
            answer.write(bytes.retainedSlice());
            return;
        }
        recoder.feed(bytes);
        writeCoded(recoder);
    }

    @Override
    public void onCompleted() {
        if (state != State.STREAMING) return;
        cost.onEnd();
        call = null;
        state = State.AWAITING_SOUND;
        if (recoder == null) {
            deliver();
            return;
        }
        recoder.end();
        onCoded();
    }

    /** The sound has come further. */
    private void onCoded() {
        if (state == State.ENDED || recoder == null || !writeCoded(recoder)) return;
        if (state == State.AWAITING_SOUND && recoder.isDrained()) deliver();
        else if (call != null) call.resumeReads();
    }

    /** Whether it could be coded; otherwise the answer is over. */
    private boolean writeCoded(Recoder made) {
        try {
            made.write();
            return true;
        } catch (IllegalStateException notCoded) {
            LOG.error("request={} failed", request.id(), notCoded);
            state = State.ENDED;
            if (call != null) call.cancel();
            breakOff();
            return false;
        }
    }

    private void deliver() {
        state = State.ENDED;
        closeRecoder();
        answer.end();
        charge(Ending.DELIVERED);
    }

    private void breakOff() {
        closeRecoder();
        answer.breakOff();
        charge(Ending.FAILED);
    }

    private void closeRecoder() {
        if (recoder != null) recoder.close();
    }

    @Override
    public void onFault(UpstreamFault fault) {
        if (state == State.ENDED) return;
        boolean hasBegun = state == State.STREAMING;
        state = State.ENDED;
        if (!hasBegun && asked.isHandled().test(fault)) return;
        LOG.info("request={} failed type={} code={}", request.id(), fault.type(), fault.code());
        if (hasBegun) {
            breakOff();
        } else {
            UpstreamRefusal.of(fault).answerTo(answer);
        }
    }

    /** The server answers, and not with what was asked for: what it says is not read. */
    private void end(Refusal refusal) {
        state = State.ENDED;
        if (call != null) call.cancel();
        LOG.info("request={} failed type={} code={}", request.id(), refusal.type(), refusal.code());
        answer.refuse(refusal);
        charge(Ending.FAILED);
    }

    private void charge(Ending ending) {
        TokenCounts said = cost.tokens();
        TokenCounts tokens = said == null ? asked.estimate() : said;
        usage.onUsage(
                new ResponseUsage(
                        request.id(),
                        null,
                        asked.body().model(),
                        UsageSplit.of(tokens, ending, 0, 0),
                        said == null,
                        false),
                null);
    }
}
