package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What one event of a streamed chat completion says, one call for each thing it holds: events in the order of the wire,
 * what is in one of them in the order of these methods.
 *
 * <p>Threading: called on the thread that feeds the parser.
 */
public interface DeltaListener {
    /** {@code delta.role}; OpenAI repeats it on the first audio event, OpenRouter on every one. */
    void onRole(String role);

    /** {@code delta.audio.id}: the name of the whole spoken answer, to be quoted in later turns while it lives. */
    void onAudioId(String audioId);

    /** {@code delta.audio.transcript}: a piece of what is being spoken; runs ahead of the sound. Never empty. */
    void onTranscript(String delta);

    /**
     * {@code delta.audio.data}, decoded.
     *
     * @param pcm whole samples of PCM16 little-endian mono at 24 kHz, whatever the provider's rate is; never empty; lent,
     *     and nobody reads or writes it afterwards: whoever keeps it retains the very buffer
     */
    void onAudio(ByteBuf pcm);

    /** {@code delta.content}: the model answers in text. Never empty. */
    void onText(String delta);

    /**
     * One element of {@code delta.tool_calls}.
     *
     * @param index position of the call in the answer; where a server leaves it out, the position in its array
     * @param callId null: not in this piece
     * @param name null: not in this piece
     * @param argumentsDelta a piece of JSON text, possibly empty; null: not in this piece
     */
    void onToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta);

    /** {@code delta.refusal}. Never empty. */
    void onRefusal(String delta);

    void onUsage(Usage usage);

    /** {@code delta.audio.expires_at}: until when the audio id may be quoted; at OpenAI also the end of the answer. */
    void onAudioExpiry(long expiresAtUnixSeconds);

    void onFinish(FinishReason reason);

    /** An event without {@code choices}: the model is alive, one audio token (50 ms of speech) further at OpenAI. */
    void onTick();
}
