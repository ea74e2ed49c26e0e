package dev.antiphon.server.rest.audio;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.container.Container;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.media.DecodersBusy;
import dev.antiphon.server.media.MultipartFault;
import dev.antiphon.server.media.MultipartForm;
import dev.antiphon.server.media.SpokenFiles;
import dev.antiphon.server.media.UnreadableAudio;
import dev.antiphon.server.rest.BodySink;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.RestRequest;
import dev.antiphon.session.ClientFault;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.Endpoint;
import dev.antiphon.upstream.FormPart;
import dev.antiphon.upstream.FormRequest;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.UsageObserver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request for a transcript: the form is read as it comes, the file decoded off the event loop, and everything else
 * passed on as it was said. What a field may hold is for the model's server to say.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class FormExchange implements BodySink {
    private static final Logger LOG = LoggerFactory.getLogger(FormExchange.class);

    private static final String FILE = "file";
    /** The form reader leaves the brackets out, and servers look for them. */
    private static final Set<String> LISTS = Set.of(
            "include",
            "timestamp_granularities",
            "known_speaker_names",
            "known_speaker_references",
            "languages",
            "keywords");

    private final Endpoint endpoint;
    private final Means means;
    private final RestRequest request;
    private final RestAnswer answer;
    private final MultipartForm.Reader reader;
    private boolean isRefused;
    private @Nullable Future<AudioClip> decoding; // null: nothing to decode, or not yet
    private @Nullable Relay relay; // null: nothing has been asked yet

    /** What an exchange works with. */
    record Means(BodyCalls calls, SpokenFiles files, UsageObserver usage, int maxFileBytes) {}

    /** @throws ClientFault there is no boundary */
    FormExchange(Endpoint endpoint, Means means, RestRequest request, RestAnswer answer) {
        this.endpoint = endpoint;
        this.means = means;
        this.request = request;
        this.answer = answer;
        try {
            reader = new MultipartForm.Reader(request.media().contentType(), means.maxFileBytes());
        } catch (MultipartFault fault) {
            throw malformed(fault);
        }
    }

    @Override
    public void onBody(ByteBuf bytes) {
        if (isRefused) return;
        try {
            reader.feed(bytes);
        } catch (MultipartFault fault) {
            onFault(fault);
        }
    }

    @Override
    public void onEnd() {
        if (isRefused) return;
        try (MultipartForm form = reader.end()) {
            read(form);
        } catch (MultipartFault fault) {
            onFault(fault);
        }
    }

    private void onFault(MultipartFault fault) {
        if (fault.reason() == MultipartFault.Reason.MALFORMED) throw malformed(fault);
        isRefused = true;
        reader.close();
        answer.refuse(
                new Refusal(fault.httpStatus(), "invalid_request_error", "body_too_large", fault.sentence(), null));
    }

    @Override
    public void onAbandoned() {
        reader.close();
        if (decoding != null) decoding.cancel(false);
        if (relay != null) relay.abandon();
    }

    @Override
    public void onWritable() {
        if (relay != null) relay.onWritable();
    }

    private void read(MultipartForm form) {
        String model = form.value("model");
        if (model == null || model.isBlank()) throw missing("model");
        if (model.length() > SpeechReader.MAX_NAME_CHARS) {
            throw new ClientFault(
                    "invalid_value",
                    "model: " + model.length() + " characters (expected: 1 to " + SpeechReader.MAX_NAME_CHARS + ")",
                    "model",
                    null);
        }
        if (!form.hasFile() || !form.fileField().equals(FILE)) throw missing(FILE);
        List<FormPart> fields = fieldsOf(form);
        String format = form.value("response_format");
        Wanted wanted = new Wanted(model, fields, format == null ? "json" : format);
        ByteBuf file = form.takeFile();
        Container kind = SpokenFiles.kindOf(file);
        if (kind == Container.MP3 || kind == Container.FLAC) {
            askWithFileOf(kind, bytesOf(file), wanted);
            return;
        }
        Future<AudioClip> clip = means.files().toClip(file, request.loop());
        decoding = clip;
        clip.addListener(decoded -> onDecoded(clip, wanted));
    }

    /** @param fields all but the file */
    private record Wanted(String model, List<FormPart> fields, String responseFormat) {}

    private static List<FormPart> fieldsOf(MultipartForm form) {
        List<FormPart> fields = new ArrayList<>();
        for (Map.Entry<String, List<String>> field : form.fields().entrySet()) {
            boolean isList = LISTS.contains(field.getKey()) || field.getValue().size() > 1;
            String name = isList ? field.getKey() + "[]" : field.getKey();
            for (String value : field.getValue()) fields.add(new FormPart.Field(name, value));
        }
        return fields;
    }

    /** What a provider reads by itself goes there unchanged. */
    private void askWithFileOf(Container kind, byte[] file, Wanted wanted) {
        FormPart.File part = kind == Container.MP3
                ? FormPart.File.of("audio.mp3", "audio/mpeg", file)
                : FormPart.File.of("audio.flac", "audio/flac", file);
        ask(part, wanted, TokenCounts.NONE);
    }

    private void onDecoded(Future<AudioClip> clip, Wanted wanted) {
        if (!answer.isOpen()) return;
        if (clip.isSuccess()) {
            AudioClip speech = clip.getNow();
            double seconds = speech.millis() / 1_000.0;
            ask(FormPart.File.wav(speech), wanted, new TokenCounts(0, 0, 0, 0, 0, 0, seconds));
        } else {
            answer.refuse(refusalOf(clip.cause()));
        }
    }

    private void ask(FormPart.File file, Wanted wanted, TokenCounts estimate) {
        List<FormPart> parts = new ArrayList<>(wanted.fields());
        parts.add(file);
        Relay started = new Relay(
                request,
                answer,
                means.usage(),
                new Relay.Asked(
                        new FormRequest(endpoint, wanted.model(), parts),
                        sent -> ContentTypes.ofTranscript(sent, wanted.responseFormat()),
                        null,
                        estimate,
                        fault -> false));
        relay = started;
        started.start(means.calls());
    }

    private Refusal refusalOf(Throwable cause) {
        if (cause instanceof UnreadableAudio unreadable) {
            String code = switch (unreadable.reason()) {
                case UNSUPPORTED -> "unsupported_format";
                case MALFORMED -> "invalid_value";
                case TOO_LONG -> "audio_too_long";
            };
            return new Refusal(400, "invalid_request_error", code, unreadable.sentence(), FILE);
        }
        if (cause instanceof DecodersBusy) {
            return new Refusal(503, "server_error", "overloaded", "No file can be decoded right now.");
        }
        LOG.error("request={} failed", request.id(), cause);
        return new Refusal(500, "server_error", "internal_error", "The gateway failed.");
    }

    /** @param file taken */
    private static byte[] bytesOf(ByteBuf file) {
        try {
            return ByteBufUtil.getBytes(file);
        } finally {
            file.release();
        }
    }

    private static ClientFault malformed(MultipartFault fault) {
        return new ClientFault("invalid_multipart", fault.sentence(), null, null);
    }

    private static ClientFault missing(String param) {
        return new ClientFault(
                "missing_required_parameter", "Missing required parameter: '" + param + "'.", param, null);
    }
}
