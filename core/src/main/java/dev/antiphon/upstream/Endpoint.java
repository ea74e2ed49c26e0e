package dev.antiphon.upstream;

/** What a model server can be asked, each at a path of its own. */
public enum Endpoint {
    /** {@code POST …/chat/completions}. */
    CHAT,
    /** {@code POST …/audio/transcriptions}. */
    TRANSCRIPTIONS,
    /** {@code POST …/audio/translations}. */
    TRANSLATIONS,
    /** {@code POST …/audio/speech}. */
    SPEECH,
    /** {@code GET …/models}. */
    MODELS
}
