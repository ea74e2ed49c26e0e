package dev.antiphon.server.rest.audio;

import dev.antiphon.server.rest.BodySink;
import dev.antiphon.server.rest.CollectedBody;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.RestRequest;
import dev.antiphon.server.rest.sound.SoundCoders;
import dev.antiphon.server.rest.sound.SoundFormat;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.SpeechRequest;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.UsageObserver;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request for speech. A format that the model's server refuses is made here of the samples it does send, where it can
 * be.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class SpeechExchange implements BodySink {
    /** Formats that can be made of PCM16. */
    private static final Map<String, SoundFormat> MADE_HERE = Map.of("wav", SoundFormat.WAV, "opus", SoundFormat.OPUS);

    private final BodyCalls calls;
    private final SoundCoders coders;
    private final RestRequest request;
    private final RestAnswer answer;
    private final UsageObserver usage;
    private final CollectedBody body;
    private @Nullable Relay relay; // null: nothing has been asked yet

    SpeechExchange(BodyCalls calls, SoundCoders coders, RestRequest request, RestAnswer answer, UsageObserver usage) {
        this.calls = calls;
        this.coders = coders;
        this.request = request;
        this.answer = answer;
        this.usage = usage;
        body = new CollectedBody(answer.allocator(), json -> ask(SpeechReader.read(json)));
    }

    @Override
    public void onBody(ByteBuf bytes) {
        body.onBody(bytes);
    }

    @Override
    public void onEnd() {
        body.onEnd();
    }

    @Override
    public void onAbandoned() {
        body.onAbandoned();
        if (relay != null) relay.abandon();
    }

    @Override
    public void onWritable() {
        if (relay != null) relay.onWritable();
    }

    private void ask(SpeechRequest speech) {
        String format = speech.form().responseFormat();
        boolean isSound = speech.form().streamFormat().equals("audio");
        ContentTypes.Choice contentTypes =
                isSound ? sent -> ContentTypes.ofSound(sent, format) : ContentTypes::ofEvents;
        start(new Relay.Asked(
                speech,
                contentTypes,
                null,
                costOf(speech),
                fault -> isSound && isAboutFormat(fault) && askForSamples(speech)));
    }

    private boolean askForSamples(SpeechRequest speech) {
        String format = speech.form().responseFormat();
        SoundFormat made = MADE_HERE.get(format);
        if (made == null) return false;
        start(new Relay.Asked(
                speech.withForm(speech.form().withResponseFormat("pcm")),
                sent -> ContentTypes.ofSound(sent, "pcm") == null ? null : ContentTypes.ofSound("", format),
                onProgress -> coders.newSound(made, true, request.loop(), answer.allocator(), onProgress),
                costOf(speech),
                fault -> false));
        return true;
    }

    /** Where nobody counts tokens, what was given to be said is paid for. */
    private static TokenCounts costOf(SpeechRequest speech) {
        return TokenCounts.ofSpokenCharacters(speech.input().length());
    }

    private void start(Relay.Asked asked) {
        Relay started = new Relay(request, answer, usage, asked);
        relay = started;
        started.start(calls);
    }

    private static boolean isAboutFormat(UpstreamFault fault) {
        return fault.kind() == UpstreamFault.Kind.REFUSED
                && (fault.httpStatus() == 400 || fault.httpStatus() == 422)
                && ("response_format".equals(fault.param()) || fault.message().contains("response_format"));
    }
}
