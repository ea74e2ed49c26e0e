package dev.antiphon.server.rest.chat;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.metrics.Stage;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.server.rest.UpstreamRefusal;
import dev.antiphon.server.rest.sound.CodedSound;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import dev.antiphon.usage.TokenCounts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reply handed on as it comes, event by event; what one read brings goes out in one write. A fault before the first
 * event is an HTTP error, a later one an event.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class StreamedReply implements CompletionReply {
    private static final String EVENT_STREAM = "text/event-stream; charset=utf-8";
    /** Pieces of base64 that can be decoded alone and joined: whole samples of two bytes in whole groups of three. */
    private static final int PIECE_BYTES = 6;

    private final RestAnswer answer;
    private final Terms terms;
    private final @Nullable CodedSound coder; // null: asked for in writing
    private final ChunkWriter events;
    private final ReplyNotes notes = new ReplyNotes();
    private @Nullable ByteBuf pending; // events that were not sent yet; null: none
    private final ByteBuf sound; // coded, less than a piece of it between two calls
    private boolean hasRole;
    private @Nullable UpstreamFault fault;
    private boolean isCompleted;
    private Ended ended = Ended.NOT_YET;
    private boolean isBegun;
    private boolean isClosed;

    StreamedReply(RestAnswer answer, Terms terms, @Nullable CodedSound coder) {
        this.answer = answer;
        this.terms = terms;
        this.coder = coder;
        events = new ChunkWriter(terms.head(), terms.delivery().includesUsage());
        events.setAudioId(terms.audioId());
        sound = coder == null ? Unpooled.EMPTY_BUFFER : answer.allocator().buffer();
    }

    private ByteBuf out() {
        ByteBuf out = pending == null ? answer.allocator().buffer() : pending;
        pending = out;
        if (!hasRole) events.writeRole(out, coder != null);
        hasRole = true;
        return out;
    }

    @Override
    public void onRole(String role) {
        // Ours goes ahead of the first piece: until then an error is still an HTTP error.
    }

    @Override
    public void onAudioId(String audioId) {
        if (notes.audioId == null) events.setAudioId(audioId);
        notes.audioId = audioId;
    }

    @Override
    public void onTranscript(String delta) {
        notes.hasSpeech = true;
        notes.writtenCharacters += delta.length();
        events.writeTranscript(out(), delta);
    }

    @Override
    public void onAudio(ByteBuf pcm) {
        if (coder == null) return;
        notes.hasSpeech = true;
        notes.spokenSamples += AudioFormat.PCM16_24KHZ.samplesIn(pcm.readableBytes());
        coder.feed(pcm);
        writeSound(coder);
    }

    private void writeSound(CodedSound coded) {
        coded.drainTo(sound);
        int bytes = coded.isDrained() ? sound.readableBytes() : sound.readableBytes() / PIECE_BYTES * PIECE_BYTES;
        if (bytes > 0) events.writeData(out(), sound.readSlice(bytes));
        sound.discardReadBytes();
    }

    @Override
    public void onText(String delta) {
        notes.writtenCharacters += delta.length();
        events.writeContent(out(), delta);
    }

    @Override
    public void onToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
        notes.countCall(name, argumentsDelta);
        events.writeToolCall(out(), index, callId, name, argumentsDelta);
    }

    @Override
    public void onRefusal(String delta) {
        notes.writtenCharacters += delta.length();
        events.writeRefusal(out(), delta);
    }

    @Override
    public void onUsage(Usage usage) {
        notes.usage = usage;
    }

    @Override
    public void onAudioExpiry(long expiresAtUnixSeconds) {
        notes.expiresAtUnixSeconds = expiresAtUnixSeconds;
    }

    @Override
    public void onFinish(FinishReason reason) {
        notes.finish = reason;
    }

    @Override
    public void onTick() {}

    @Override
    public void onStage(Stage stage, long atNanos) {}

    @Override
    public void onRateLimits(List<RateLimit> rateLimits) {}

    @Override
    public void onCompleted() {
        isCompleted = true;
    }

    @Override
    public void onFault(UpstreamFault reported) {
        fault = reported;
    }

    @Override
    public boolean isFull() {
        return !answer.isWritable() || (coder != null && coder.isFull());
    }

    @Override
    public void onReadable() {
        UpstreamFault broken = fault;
        if (broken != null) {
            ended = notes.endedBy(broken);
            fail(UpstreamRefusal.of(broken));
            return;
        }
        boolean isSpoken = coder != null && notes.hasSpeech;
        if (coder != null && isSpoken) {
            if (isCompleted) coder.end();
            writeSound(coder);
        }
        if (isCompleted && (coder == null || !isSpoken || coder.isDrained())) complete(isSpoken);
        else send();
    }

    private void complete(boolean isSpoken) {
        ByteBuf out = out();
        if (isSpoken) events.writeExpiry(out, notes.expiryOr(terms.unixSeconds().getAsLong()));
        events.writeFinish(out, notes.finishReason());
        if (terms.delivery().includesUsage()) events.writeUsage(out, notes.usage);
        events.writeDone(out);
        ended = Ended.COMPLETED;
        send();
        answer.end();
    }

    private void fail(UpstreamRefusal refusal) {
        if (!isBegun) {
            refusal.answerTo(answer);
            return;
        }
        ChunkWriter.writeError(out(), refusal.refusal());
        send();
        answer.end();
    }

    private void send() {
        ByteBuf sent = pending;
        if (sent == null) return;
        if (!isBegun) answer.begin(EVENT_STREAM);
        isBegun = true;
        pending = null;
        answer.write(sent);
    }

    @Override
    public boolean isBegun() {
        return isBegun;
    }

    @Override
    public Ended ended() {
        return ended;
    }

    @Override
    public Usage usage() {
        return notes.usage;
    }

    @Override
    public TokenCounts estimate() {
        return notes.estimate();
    }

    @Override
    public void close() {
        if (pending != null) pending.release();
        pending = null;
        if (!isClosed) sound.release();
        isClosed = true;
        if (coder != null) coder.close();
    }
}
