package dev.antiphon.server.rest.audio;

import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.RestRequest;
import dev.antiphon.server.rest.UpstreamRefusal;
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
    private BodyCalls.@Nullable Call call; // null: not started

    /**
     * What was asked for.
     *
     * @param contentTypes from what the server says to what the client is told; null: not this
     * @param recoder null: the bytes are handed on as they are
     * @param estimate of what it costs where the server does not say
     * @param isHandled asked about a fault before anything was answered: true if something else is done about it
     */
    record Asked(
            BodyRequest body,
            ContentTypes.Choice contentTypes,
            @Nullable Recoder recoder,
            TokenCounts estimate,
            Predicate<UpstreamFault> isHandled) {}

    private enum State {
        AWAITING_HEAD,
        STREAMING,
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
        charge(Ending.CUT);
    }

    void onWritable() {
        if (state != State.ENDED && call != null) call.resumeReads();
    }

    @Override
    public boolean isFull() {
        return !answer.isWritable();
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
        if (asked.recoder() != null) recode(asked.recoder()::begin);
    }

    @Override
    public void onBody(ByteBuf bytes) {
        if (state != State.STREAMING) return;
        cost.onBody(bytes);
        Recoder recoder = asked.recoder();
        if (recoder == null) answer.write(bytes.retainedSlice());
        else recode(out -> recoder.feed(bytes, out));
    }

    @Override
    public void onCompleted() {
        if (state != State.STREAMING) return;
        if (asked.recoder() != null) recode(asked.recoder()::end);
        cost.onEnd();
        state = State.ENDED;
        answer.end();
        charge(Ending.DELIVERED);
    }

    @Override
    public void onFault(UpstreamFault fault) {
        if (state == State.ENDED) return;
        boolean hasBegun = state == State.STREAMING;
        state = State.ENDED;
        if (!hasBegun && asked.isHandled().test(fault)) return;
        LOG.info("request={} failed type={} code={}", request.id(), fault.type(), fault.code());
        if (hasBegun) {
            answer.breakOff();
            charge(Ending.FAILED);
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

    private interface Writing {
        void into(ByteBuf out);
    }

    private void recode(Writing writing) {
        ByteBuf out = answer.allocator().buffer();
        try {
            writing.into(out);
            answer.write(out.retain());
        } finally {
            out.release();
        }
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
