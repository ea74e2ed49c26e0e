package dev.antiphon.sse;

import io.netty.util.concurrent.FastThreadLocal;

/**
 * Arrays for the events that a socket cuts, of all decoders of a thread: one has an array only while part of an event
 * waits for the rest. What is not given back is garbage and nothing worse.
 *
 * <p>Threading: confined to the thread it belongs to.
 */
final class SpareArrays {
    /** An event of gpt-audio-1.5, 26 kB, and as much as a decoder copies at a time. */
    static final int USUAL_BYTES = 48 * 1024;
    /** A longer one is not kept. */
    static final int MAX_BYTES = 128 * 1024;

    /** 3 MB of the usual: more decoders of one thread than these seldom wait within an event. */
    private static final int MAX_SPARE = 64;

    private static final FastThreadLocal<SpareArrays> OF_THIS_THREAD = new FastThreadLocal<>() {
        @Override
        protected SpareArrays initialValue() {
            return new SpareArrays();
        }
    };

    private final byte[][] spare = new byte[MAX_SPARE][];
    private int count;

    private SpareArrays() {}

    /** Of any length; its content is anybody's. */
    static byte[] take() {
        return OF_THIS_THREAD.get().pop();
    }

    /** @param array whose content nobody needs any more */
    static void give(byte[] array) {
        if (array.length >= USUAL_BYTES && array.length <= MAX_BYTES)
            OF_THIS_THREAD.get().push(array);
    }

    private byte[] pop() {
        return count == 0 ? new byte[USUAL_BYTES] : spare[--count];
    }

    private void push(byte[] array) {
        if (count < MAX_SPARE) spare[count++] = array;
    }
}
