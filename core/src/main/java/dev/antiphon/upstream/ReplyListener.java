package dev.antiphon.upstream;

/**
 * What one whole reply of a model says: its deltas, then exactly one of {@link #onCompleted} and {@link #onFault}, then
 * nothing.
 */
public interface ReplyListener extends DeltaListener {
    /** The reply ended as the completion rule demands; what was said is all there is. */
    void onCompleted();

    /** The reply ended otherwise; what was said before stays said. */
    void onFault(UpstreamFault fault);
}
