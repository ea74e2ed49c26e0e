package dev.antiphon.upstream;

/**
 * What a transcription says: pieces, then exactly one of {@link #onCompleted} and {@link #onFault}, then nothing.
 *
 * <p>Threading: called on the event loop of the session that asked.
 */
public interface TranscriptionListener {
    /** A piece of the transcript; none where the provider does not stream. */
    void onDelta(String delta);

    /** @param transcript the whole of it, which counts, whatever the pieces were */
    void onCompleted(String transcript, TranscriptionUsage usage);

    void onFault(UpstreamFault fault);
}
