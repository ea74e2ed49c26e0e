package dev.antiphon.server.rest.chat;

import static dev.antiphon.server.rest.chat.CompletionJson.quoted;
import static dev.antiphon.server.rest.chat.CompletionJson.quotedOrNull;
import static dev.antiphon.server.rest.chat.CompletionJson.write;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Base64Pcm;
import dev.antiphon.audio.Wav;
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
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A reply kept until it is whole, then told in one JSON object with its sound as one file.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class WholeReply implements CompletionReply {
    /** Twenty minutes of PCM, and more words than anybody says in them. */
    private static final int MAX_SOUND_BYTES = 64 << 20;

    private static final int MAX_CHARS = 8 << 20;
    private static final int MAX_TOOL_CALLS = 1_000;

    private final RestAnswer answer;
    private final Terms terms;
    private final @Nullable CodedSound coder; // null: asked for in writing
    private final boolean isWav;
    private final ReplyNotes notes = new ReplyNotes();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder transcript = new StringBuilder();
    private final StringBuilder refusal = new StringBuilder();
    private final SortedMap<Integer, ToolCall> toolCalls = new TreeMap<>();
    private final ByteBuf sound;
    private int toolChars;
    private @Nullable UpstreamFault fault;
    private boolean isCompleted;
    private Ended ended = Ended.NOT_YET;
    private boolean isClosed;

    WholeReply(RestAnswer answer, Terms terms, @Nullable CodedSound coder, boolean isWav) {
        this.answer = answer;
        this.terms = terms;
        this.coder = coder;
        this.isWav = isWav;
        sound = coder == null ? Unpooled.EMPTY_BUFFER : answer.allocator().buffer();
    }

    private static final class ToolCall {
        private String callId = "";
        private String name = "";
        private final StringBuilder arguments = new StringBuilder();
    }

    @Override
    public void onRole(String role) {}

    @Override
    public void onAudioId(String audioId) {
        notes.audioId = audioId;
    }

    @Override
    public void onTranscript(String delta) {
        notes.hasSpeech = true;
        append(transcript, delta);
    }

    @Override
    public void onAudio(ByteBuf pcm) {
        if (coder == null || fault != null) return;
        notes.hasSpeech = true;
        notes.spokenSamples += AudioFormat.PCM16_24KHZ.samplesIn(pcm.readableBytes());
        coder.feed(pcm);
        coder.drainTo(sound);
        if (sound.readableBytes() > MAX_SOUND_BYTES) onFault(tooLong());
    }

    @Override
    public void onText(String delta) {
        append(text, delta);
    }

    @Override
    public void onToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
        notes.countCall(name, argumentsDelta);
        ToolCall call = toolCalls.computeIfAbsent(index, any -> new ToolCall());
        if (callId != null) call.callId = callId;
        if (name != null) call.name = name;
        if (argumentsDelta != null) {
            call.arguments.append(argumentsDelta);
            toolChars += argumentsDelta.length();
        }
        if (toolCalls.size() > MAX_TOOL_CALLS || toolChars > MAX_CHARS) onFault(tooLong());
    }

    @Override
    public void onRefusal(String delta) {
        append(refusal, delta);
    }

    private void append(StringBuilder words, String delta) {
        if (fault != null) return;
        notes.writtenCharacters += delta.length();
        words.append(delta);
        if (words.length() > MAX_CHARS) onFault(tooLong());
    }

    private static UpstreamFault tooLong() {
        return new UpstreamFault(
                UpstreamFault.Kind.INVALID,
                200,
                "server_error",
                "upstream_invalid",
                null,
                "the model's answer is too long to be given whole (expected: stream=true)",
                false);
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
        if (fault == null) fault = reported;
    }

    @Override
    public boolean isFull() {
        return coder != null && coder.isFull();
    }

    @Override
    public void onReadable() {
        UpstreamFault broken = fault;
        if (broken != null) {
            ended = notes.endedBy(broken);
            UpstreamRefusal.of(broken).answerTo(answer);
        } else if (isSoundWhole() && isCompleted) {
            ended = Ended.COMPLETED;
            answer.whole(200, "application/json", json());
        }
    }

    private boolean isSoundWhole() {
        if (coder == null || !notes.hasSpeech) return true;
        if (isCompleted) coder.end();
        coder.drainTo(sound);
        return coder.isDrained();
    }

    private ByteBuf json() {
        ByteBuf out =
                answer.allocator().buffer(Base64Pcm.encodedBytes(sound.readableBytes()) + transcript.length() + 1_024);
        write(out, terms.head().json("chat.completion"));
        write(
                out,
                ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                        + quotedOrNull(text.length() == 0 ? null : text.toString()) + ",\"refusal\":"
                        + quotedOrNull(refusal.length() == 0 ? null : refusal.toString()));
        if (coder != null && notes.hasSpeech) writeSpeech(out);
        if (notes.hasToolCalls) writeToolCalls(out);
        write(
                out,
                ",\"annotations\":[]},\"logprobs\":null,\"finish_reason\":" + quoted(notes.finishReason())
                        + "}],\"usage\":" + CompletionJson.usage(notes.usage) + "}");
        return out;
    }

    private void writeSpeech(ByteBuf out) {
        write(
                out,
                ",\"audio\":{\"id\":" + quoted(notes.audioId == null ? terms.audioId() : notes.audioId)
                        + ",\"expires_at\":"
                        + notes.expiryOr(terms.unixSeconds().getAsLong()) + ",\"transcript\":"
                        + quoted(transcript.toString()) + ",\"data\":\"");
        ByteBuf file = isWav ? withHeader() : sound.retainedSlice();
        try {
            Base64Pcm.encode(file, out);
        } finally {
            file.release();
        }
        write(out, "\"}");
    }

    /** Given. */
    private ByteBuf withHeader() {
        ByteBuf header = answer.allocator().buffer(Wav.HEADER_BYTES);
        Wav.writeHeader(AudioFormat.PCM16_24KHZ.sampleRateHz(), sound.readableBytes(), header);
        return Unpooled.wrappedBuffer(header, sound.retainedSlice());
    }

    private void writeToolCalls(ByteBuf out) {
        write(out, ",\"tool_calls\":[");
        String separator = "";
        for (ToolCall call : toolCalls.values()) {
            write(
                    out,
                    separator + "{\"id\":" + quoted(call.callId) + ",\"type\":\"function\",\"function\":{\"name\":"
                            + quoted(call.name) + ",\"arguments\":" + quoted(call.arguments.toString()) + "}}");
            separator = ",";
        }
        write(out, "]");
    }

    @Override
    public boolean isBegun() {
        return ended != Ended.NOT_YET;
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
        if (!isClosed) sound.release();
        isClosed = true;
        if (coder != null) coder.close();
    }
}
