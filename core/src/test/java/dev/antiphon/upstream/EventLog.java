package dev.antiphon.upstream;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what a decoder of any kind says, one line an event, in the form of the golden files: text as it is, sound as
 * its length and its SHA-256.
 */
final class EventLog implements ReplyListener, TranscriptionListener, BodyListener {
    private final List<String> lines = new ArrayList<>();
    private final ByteArrayOutputStream sound = new ByteArrayOutputStream();
    private int ticks;
    private boolean ended;

    List<String> lines() {
        if (!ended) throw new AssertionError("no last call: " + lines);
        return lines;
    }

    @Override
    public void onRole(String role) {
        say("role " + role);
    }

    @Override
    public void onAudioId(String audioId) {
        say("id " + audioId);
    }

    @Override
    public void onTranscript(String delta) {
        say("transcript " + quoted(delta));
    }

    @Override
    public void onAudio(ByteBuf pcm) {
        say("audio " + measured(keep(pcm)));
    }

    @Override
    public void onText(String delta) {
        say("text " + quoted(delta));
    }

    @Override
    public void onToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
        say("tool " + index + " id " + quoted(callId) + " name " + quoted(name) + " arguments "
                + quoted(argumentsDelta));
    }

    @Override
    public void onRefusal(String delta) {
        say("refusal " + quoted(delta));
    }

    @Override
    public void onUsage(Usage usage) {
        say("usage " + usage);
    }

    @Override
    public void onAudioExpiry(long expiresAtUnixSeconds) {
        say("expiry " + expiresAtUnixSeconds);
    }

    @Override
    public void onFinish(FinishReason reason) {
        say("finish " + reason);
    }

    /** Told with the next event: they come in dozens. */
    @Override
    public void onTick() {
        ticks++;
    }

    @Override
    public void onDelta(String delta) {
        say("delta " + quoted(delta));
    }

    @Override
    public void onHead(String contentType) {
        say("head " + contentType);
    }

    /** In one line at the end: how a body is cut means nothing. */
    @Override
    public void onBody(ByteBuf bytes) {
        keep(bytes);
    }

    @Override
    public void onCompleted(String transcript, TranscriptionUsage usage) {
        end("completed " + quoted(transcript) + " " + usage);
    }

    @Override
    public void onCompleted() {
        end("completed");
    }

    @Override
    public void onFault(UpstreamFault fault) {
        end(String.format(
                Locale.ROOT,
                "fault %s status %d type %s code %s param %s %s %s",
                fault.kind(),
                fault.httpStatus(),
                fault.type(),
                fault.code(),
                fault.param(),
                fault.retryable() ? "may-be-retried" : "final",
                quoted(fault.message())));
    }

    @Override
    public boolean isFull() {
        return false;
    }

    private void end(String lastCall) {
        if (sound.size() > 0) say("all " + measured(sound.toByteArray()));
        say(lastCall);
        ended = true;
    }

    private void say(String line) {
        if (ended) throw new AssertionError("after the last call: " + line);
        if (ticks > 0) lines.add("tick ×" + ticks);
        ticks = 0;
        lines.add(line);
    }

    private byte[] keep(ByteBuf lent) {
        byte[] copy = new byte[lent.readableBytes()];
        if (copy.length == 0) throw new AssertionError("nothing in it");
        lent.getBytes(lent.readerIndex(), copy);
        sound.writeBytes(copy);
        return copy;
    }

    private static String measured(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return bytes.length + " " + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static String quoted(@Nullable String text) {
        if (text == null) return "-";
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
