package dev.antiphon.server.rest.chat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Base64Pcm;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.media.DecodersBusy;
import dev.antiphon.server.media.UnreadableAudio;
import dev.antiphon.server.rest.BodySink;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.RestRequest;
import dev.antiphon.server.rest.UsageSink.Cost;
import dev.antiphon.server.rest.UsageSink.Outcome;
import dev.antiphon.server.rest.chat.CompletionRequest.Sound;
import dev.antiphon.server.rest.chat.MessageDrafts.Place;
import dev.antiphon.session.ClientFault;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.EncodedAudioPart;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.Usage;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.TokenEstimate;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One chat completion: its body sieved, its sound decoded, the model asked, the reply told. When the client goes, all of
 * it ends.
 *
 * <pre>
 *  body ─▶ AudioSieve ─▶ CompletionReader ─▶ SpokenFiles ─▶ model ─▶ StreamedReply, WholeReply or PassedOnAnswer
 * </pre>
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class CompletionExchange implements BodySink {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionExchange.class);

    /** Not decoded here: passed on to those who can. */
    private static final String MP3 = "mp3";

    private final ChatCompletions routes;
    private final RestRequest head;
    private final RestAnswer answer;
    private final AudioSieve sieve;
    private final List<Future<AudioClip>> decodings = new ArrayList<>();
    private int decodingsDue;
    private String model = "";
    private @Nullable ChatRequest asked; // null: the model was asked for nothing
    private boolean isOver;
    private @Nullable CompletionReply reply; // set: the model is asked for what we code
    private UpstreamCalls.@Nullable Call call;
    private @Nullable PassedOnAnswer passedOn; // set: the model is asked for what it codes
    private BodyCalls.@Nullable Call bodyCall;

    CompletionExchange(ChatCompletions routes, RestRequest head, RestAnswer answer) {
        this.routes = routes;
        this.head = head;
        this.answer = answer;
        sieve = new AudioSieve(answer.allocator());
    }

    @Override
    public void onBody(ByteBuf bytes) {
        sieve.feed(bytes);
    }

    @Override
    public void onEnd() {
        CompletionRequest request = CompletionReader.read(sieve.json());
        model = request.model();
        List<Place> places = request.messages().places();
        for (Place place : places) checkSound(place);
        decodingsDue = places.size();
        for (Place place : places) {
            if (!isOver) hear(request, place);
        }
        sieve.close();
        if (!isOver && asked == null && decodingsDue == 0) ask(request);
    }

    private void checkSound(Place place) {
        switch (place.format()) {
            case "wav", "webm", "ogg", "opus", MP3 -> {}
            default ->
                throw Faults.invalidValue(
                        place.param() + ".format", place.format(), "'wav', 'mp3', 'webm', 'ogg', and 'opus'");
        }
        if (sieve.isBase64(place.number())) return;
        throw Faults.of("invalid_value", "Invalid value: the audio is not valid base64.", place.param() + ".data");
    }

    private void hear(CompletionRequest request, Place place) {
        ByteBuf file = sieve.file(place.number());
        if (place.format().equals(MP3)) {
            place.fill(new EncodedAudioPart(base64Of(file), MP3));
            decodingsDue--;
            return;
        }
        Future<AudioClip> decoding = routes.files().toClip(file, head.loop());
        decodings.add(decoding);
        decoding.addListener(decoded -> guard(() -> onDecoded(request, place, decoding)));
    }

    /** @param file taken */
    private static String base64Of(ByteBuf file) {
        ByteBuf base64 = file.alloc().buffer(Base64Pcm.encodedBytes(file.readableBytes()));
        try {
            Base64Pcm.encode(file, base64);
            return base64.toString(StandardCharsets.US_ASCII);
        } finally {
            base64.release();
            file.release();
        }
    }

    private void onDecoded(CompletionRequest request, Place place, Future<AudioClip> decoding) {
        if (isOver) return;
        if (!decoding.isSuccess()) throw faultOf(decoding.cause(), place);
        place.fill(new AudioPart(decoding.getNow()));
        decodingsDue--;
        if (decodingsDue == 0) ask(request);
    }

    private static RuntimeException faultOf(Throwable cause, Place place) {
        if (cause instanceof UnreadableAudio unreadable) {
            return switch (unreadable.reason()) {
                case UNSUPPORTED -> Faults.of("unsupported_format", unreadable.sentence(), place.param() + ".format");
                case MALFORMED, TOO_LONG -> Faults.of("invalid_value", unreadable.sentence(), place.param() + ".data");
            };
        }
        if (cause instanceof RuntimeException ours) return ours;
        return new IllegalStateException("decoding failed", cause);
    }

    private void ask(CompletionRequest request) {
        ChatRequest chat = request.toChat();
        Sound sound = request.sound();
        try {
            if (sound == null || sound.format().isOurs()) {
                CompletionReply started = routes.newReply(request, head.loop(), answer, () -> guard(this::onCoded));
                reply = started;
                call = routes.models()
                        .callsOn(
                                head.loop(),
                                readable -> guard(() -> onReadable(started)),
                                routes.usage().stagesOf(head.client()))
                        .start(chat, started);
            } else {
                PassedOnAnswer started = new PassedOnAnswer(answer, this::end);
                passedOn = started;
                bodyCall = routes.models()
                        .bodiesOn(head.loop())
                        .start(new WholeCompletion(chat, sound.audioJson()), started);
            }
            asked = chat;
        } catch (IllegalArgumentException e) {
            throw Faults.of("invalid_value", String.valueOf(e.getMessage()), null);
        }
    }

    private void onCoded() {
        if (isOver || reply == null) return;
        onReadable(reply);
        if (call != null) call.resumeReads();
    }

    private void onReadable(CompletionReply readable) {
        if (isOver) return;
        readable.onReadable();
        switch (readable.ended()) {
            case NOT_YET -> {}
            case COMPLETED -> end(readable.usage(), Outcome.COMPLETED);
            case REFUSED -> end(readable.usage(), Outcome.REFUSED);
            case FAILED -> end(readable.usage(), Outcome.FAILED);
        }
    }

    @Override
    public void onWritable() {
        if (call != null) call.resumeReads();
    }

    @Override
    public void onAbandoned() {
        end(reply == null ? Usage.NONE : reply.usage(), Outcome.ABANDONED);
    }

    /** Lets go of everything; what is still under way is broken off in this very turn of the event loop. */
    private void end(Usage usage, Outcome outcome) {
        if (isOver) return;
        isOver = true;
        sieve.close();
        for (Future<AudioClip> decoding : decodings) decoding.cancel(false);
        if (call != null) call.cancel();
        if (bodyCall != null) bodyCall.cancel();
        if (reply != null) reply.close();
        if (passedOn != null) passedOn.close();
        if (asked != null) routes.usage().onAnswered(head.client(), model, costOf(asked, usage, outcome), outcome);
    }

    /** What a provider has not counted it is paid for all the same. */
    private Cost costOf(ChatRequest request, Usage usage, Outcome outcome) {
        if (usage.totalTokens() > 0) return new Cost(TokenCounts.of(usage), false);
        if (outcome == Outcome.REFUSED) return new Cost(TokenCounts.NONE, false);
        TokenCounts input = TokenEstimate.ofRequest(request);
        return new Cost(reply == null ? input : input.plus(reply.estimate()), true);
    }

    /** The top of everything that is not called by the connection: nobody above would answer. */
    private void guard(Runnable step) {
        try {
            step.run();
        } catch (ClientFault fault) {
            refuse(new Refusal(400, "invalid_request_error", fault.code(), fault.sentence(), fault.param()));
        } catch (DecodersBusy busy) {
            refuse(new Refusal(503, "server_error", "overloaded", busy.sentence()));
        } catch (RuntimeException | Error e) {
            LOG.error("request={} client={} failed", head.id(), head.client(), e);
            boolean isBegun = reply != null && reply.isBegun();
            if (!isBegun) {
                refuse(new Refusal(500, "server_error", "internal_error", "The gateway failed."));
                return;
            }
            end(Usage.NONE, Outcome.FAILED);
            answer.breakOff();
        }
    }

    private void refuse(Refusal refusal) {
        end(Usage.NONE, Outcome.FAILED);
        answer.refuse(refusal);
    }
}
