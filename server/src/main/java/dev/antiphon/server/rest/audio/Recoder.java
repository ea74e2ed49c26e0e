package dev.antiphon.server.rest.audio;

import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.sound.CodedSound;
import io.netty.buffer.ByteBuf;

/**
 * PCM16 at 24 kHz on its way into an answer of another format: samples that were cut in two are put together.
 *
 * <p>Threading: confined to the event loop of its answer.
 */
final class Recoder implements AutoCloseable {
    private final CodedSound sound;
    private final RestAnswer answer;
    private boolean hasHalfSample;
    private byte halfSample;

    /** @param sound closed with this */
    Recoder(CodedSound sound, RestAnswer answer) {
        this.sound = sound;
        this.answer = answer;
    }

    /** @param pcm cut anywhere; lent, read to its end */
    void feed(ByteBuf pcm) {
        ByteBuf samples = answer.allocator().buffer(1 + pcm.readableBytes());
        try {
            if (hasHalfSample) samples.writeByte(halfSample);
            samples.writeBytes(pcm);
            hasHalfSample = samples.readableBytes() % 2 != 0;
            if (hasHalfSample) {
                samples.writerIndex(samples.writerIndex() - 1);
                halfSample = samples.getByte(samples.writerIndex());
            }
            sound.feed(samples);
        } finally {
            samples.release();
        }
    }

    /** Nothing will follow; half a sample is none. */
    void end() {
        sound.end();
    }

    /**
     * Hands on what is coded by now.
     *
     * @throws IllegalStateException the sound could not be coded
     */
    void write() {
        ByteBuf out = answer.allocator().buffer();
        try {
            sound.drainTo(out);
            answer.write(out.retain());
        } finally {
            out.release();
        }
    }

    boolean isDrained() {
        return sound.isDrained();
    }

    /** Whether the model had better wait. */
    boolean isFull() {
        return sound.isFull();
    }

    /** Idempotent. */
    @Override
    public void close() {
        sound.close();
    }
}
