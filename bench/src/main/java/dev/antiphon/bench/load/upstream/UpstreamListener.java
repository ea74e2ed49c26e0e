package dev.antiphon.bench.load.upstream;

/**
 * What is told of answers that were not heard to their end.
 *
 * <p>Threading: called on the upstream's event loops.
 */
public interface UpstreamListener {
    UpstreamListener NONE = new UpstreamListener() {
        @Override
        public void onCut(long answerId, long nowNanos) {}

        @Override
        public void onWrittenInVain(int bytes) {}
    };

    /** The listener was gone: its connection was closed or reset, or it said so. */
    void onCut(long answerId, long nowNanos);

    /** Bytes were handed to a connection that was gone. */
    void onWrittenInVain(int bytes);
}
