package dev.antiphon.server.rest.audio;

import dev.antiphon.server.media.MultipartForm;
import dev.antiphon.server.media.SpokenFiles;
import dev.antiphon.server.rest.BodySink;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.RestRequest;
import dev.antiphon.server.rest.Route;
import dev.antiphon.server.rest.sound.SoundCoders;
import dev.antiphon.server.upstream.Models;
import dev.antiphon.server.usage.UsageBook;
import dev.antiphon.upstream.Endpoint;
import java.util.Map;

/**
 * The endpoints that make speech of text and text of speech.
 *
 * <p>Threading: thread-safe.
 */
public final class AudioRoutes {
    /** 4,096 characters, each escaped, and instructions as long again. */
    static final int MAX_SPEECH_BODY_BYTES = 128 * 1024;
    /** Around the file: fields, and the samples of known speakers' voices. */
    static final int MAX_FIELDS_BYTES = 1024 * 1024;

    private static final long SPEECH_BODY_MILLIS = 10_000;
    /** 20 MB at 1.4 Mbit/s. */
    private static final long FORM_BODY_MILLIS = 120_000;

    private final Models models;
    private final SpokenFiles files;
    private final SoundCoders coders;
    private final UsageBook usage;
    private final int maxFileBytes;

    /**
     * @param files decodes what is uploaded
     * @param coders make what a model's server does not
     * @param usage is told what each answer cost
     */
    public AudioRoutes(Models models, SpokenFiles files, SoundCoders coders, UsageBook usage) {
        this(models, files, coders, usage, MultipartForm.MAX_FILE_BYTES);
    }

    /** @param maxFileBytes of an upload */
    public AudioRoutes(Models models, SpokenFiles files, SoundCoders coders, UsageBook usage, int maxFileBytes) {
        this.models = models;
        this.files = files;
        this.coders = coders;
        this.usage = usage;
        this.maxFileBytes = maxFileBytes;
    }

    public Map<String, Route> routes() {
        return Map.of(
                "/audio/speech", Route.json(MAX_SPEECH_BODY_BYTES, SPEECH_BODY_MILLIS, this::openSpeech),
                "/audio/transcriptions", form(Endpoint.TRANSCRIPTIONS),
                "/audio/translations", form(Endpoint.TRANSLATIONS));
    }

    private Route form(Endpoint endpoint) {
        return Route.post(
                "multipart/form-data",
                (long) maxFileBytes + MAX_FIELDS_BYTES,
                FORM_BODY_MILLIS,
                (request, answer) -> openForm(endpoint, request, answer));
    }

    private BodySink openSpeech(RestRequest request, RestAnswer answer) {
        return new SpeechExchange(
                models.bodiesOn(request.loop()), coders, request, answer, usage.accountOf(request.client()));
    }

    private BodySink openForm(Endpoint endpoint, RestRequest request, RestAnswer answer) {
        return new FormExchange(
                endpoint,
                new FormExchange.Means(
                        models.bodiesOn(request.loop()), files, usage.accountOf(request.client()), maxFileBytes),
                request,
                answer);
    }
}
