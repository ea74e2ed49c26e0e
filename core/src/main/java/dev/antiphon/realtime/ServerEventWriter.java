package dev.antiphon.realtime;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.antiphon.audio.Base64Pcm;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.upstream.BufferJson;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the Realtime protocol's server events: one JSON object, the payload of one text frame. One writer belongs to one
 * session, because it numbers the events and speaks the client's {@link Dialect}.
 *
 * <p>Many clients refuse frames of 1 MiB and more. The writer splits nothing; with audio in pieces of at most
 * {@link #MAX_AUDIO_BYTES} every frame stays below: {@link ClientEventReader} lets no text in that is too long to be
 * repeated.
 *
 * <p>In front of every event the buffer has {@link #HEAD_ROOM_BYTES} that mean nothing: its reader
 * index stands behind them. Whoever frames the event may move the index back and put the frame's header there, so that
 * header and payload are one buffer.
 *
 * <p>Threading: confined to its caller.
 */
public final class ServerEventWriter {
    /** Longest piece of audio for one event: 1.4 seconds, 87 KiB of base64. */
    public static final int MAX_AUDIO_BYTES = 64 * 1024;

    // RFC 6455 §5.2: two bytes and at most eight of extended length; what a server sends is not masked.
    /** In front of every event: as much as the header of a WebSocket frame can need. */
    public static final int HEAD_ROOM_BYTES = 10;

    private static final int INITIAL_BYTES = 512;

    // {"type":"response.output_audio.delta","event_id":" + event_7 + envelope of the part + base64 or text + "}
    private static final byte[] GA_AUDIO_START = deltaStart(Dialect.GA, "audio");
    private static final byte[] BETA_AUDIO_START = deltaStart(Dialect.BETA, "audio");
    private static final byte[] GA_TRANSCRIPT_START = deltaStart(Dialect.GA, "audio_transcript");
    private static final byte[] BETA_TRANSCRIPT_START = deltaStart(Dialect.BETA, "audio_transcript");
    private static final byte[] DELTA_END = ascii("\"}");

    private final EventNumber number = new EventNumber();
    private Dialect dialect;
    private @Nullable EventWriter eventWriter; // in the dialect, to the generator; null: no event was written in it yet
    private @Nullable JsonGenerator generator;
    private @Nullable PartRef spokenPart;
    private byte[] envelope = new byte[0]; // of spokenPart

    public ServerEventWriter(Dialect dialect) {
        this.dialect = dialect;
    }

    /** From here on the client is spoken to in this dialect. */
    public void speak(Dialect newDialect) {
        dialect = newDialect;
        eventWriter = null;
    }

    /** Whether the dialect has such an event at all: the beta does not say when an item is done. */
    public boolean hasWordFor(ServerEvent event) {
        return switch (dialect) {
            case GA -> true;
            case BETA -> !(event instanceof ServerEvent.ItemDone);
        };
    }

    /**
     * @param event one that there is a word for
     * @return given; {@link #HEAD_ROOM_BYTES} in front of its reader index may be written over
     */
    public ByteBuf write(ServerEvent event, ByteBufAllocator allocator) {
        if (!hasWordFor(event)) {
            throw new IllegalArgumentException(
                    "event: " + event.getClass().getSimpleName() + " (expected: one that " + dialect + " has)");
        }
        if (event instanceof ServerEvent.OutputAudioTranscriptDelta words && isPlain(words.delta())) {
            return writeTranscript(words.part(), words.delta(), allocator);
        }
        ByteBuf frame = frame(INITIAL_BYTES, allocator);
        boolean written = false;
        try {
            BufferJson json = BufferJson.open(frame);
            number.next();
            event.dispatchTo(writerTo(json.generator()));
            json.finish();
            written = true;
            return frame;
        } finally {
            if (!written) frame.release();
        }
    }

    /** The same for one event after another, as long as thread and dialect are the same. */
    private EventWriter writerTo(JsonGenerator newGenerator) {
        EventWriter kept = eventWriter;
        if (kept != null && generator == newGenerator) return kept;
        EventWriter made = new EventWriter(dialect, new JsonWriter(newGenerator), number);
        eventWriter = made;
        generator = newGenerator;
        return made;
    }

    /**
     * {@code response.output_audio.delta}, the hot one: nothing of it passes a generator.
     *
     * @param audio whole samples in the response's output format, at most {@link #MAX_AUDIO_BYTES}; lent, its indices
     *     stay
     * @return given; {@link #HEAD_ROOM_BYTES} in front of its reader index may be written over
     */
    public ByteBuf writeAudio(PartRef part, ByteBuf audio, ByteBufAllocator allocator) {
        byte[] start = dialect == Dialect.GA ? GA_AUDIO_START : BETA_AUDIO_START;
        ByteBuf frame = beginDelta(start, part, Base64Pcm.encodedBytes(audio.readableBytes()), allocator);
        Base64Pcm.encode(audio, frame);
        return frame.writeBytes(DELTA_END);
    }

    /** As {@link EventWriter} would: some of these come with every second of speech. */
    private ByteBuf writeTranscript(PartRef part, String plain, ByteBufAllocator allocator) {
        byte[] start = dialect == Dialect.GA ? GA_TRANSCRIPT_START : BETA_TRANSCRIPT_START;
        ByteBuf frame = beginDelta(start, part, ByteBufUtil.utf8MaxBytes(plain), allocator);
        ByteBufUtil.writeUtf8(frame, plain);
        return frame.writeBytes(DELTA_END);
    }

    /** All up to the delta's opening quote, in a buffer that is large enough. */
    private ByteBuf beginDelta(byte[] start, PartRef part, int deltaBytes, ByteBufAllocator allocator) {
        byte[] ofPart = envelopeOf(part);
        number.next();
        ByteBuf frame =
                frame(start.length + number.length() + ofPart.length + deltaBytes + DELTA_END.length, allocator);
        return frame.writeBytes(start)
                .writeBytes(number.text(), 0, number.length())
                .writeBytes(ofPart);
    }

    /** Whether a text stands in JSON as it is, in its UTF-8 form. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\' || Character.isSurrogate(c)) return false;
        }
        return true;
    }

    private static ByteBuf frame(int bytes, ByteBufAllocator allocator) {
        return allocator.buffer(HEAD_ROOM_BYTES + bytes).setIndex(HEAD_ROOM_BYTES, HEAD_ROOM_BYTES);
    }

    /** What stands between an event's number and its delta; remembered, as hundreds of deltas share one part. */
    private byte[] envelopeOf(PartRef part) {
        if (!part.equals(spokenPart)) {
            spokenPart = part;
            envelope = ("\",\"response_id\":\"" + escaped(part.responseId())
                            + "\",\"item_id\":\"" + escaped(part.itemId())
                            + "\",\"output_index\":" + part.outputIndex()
                            + ",\"content_index\":" + part.contentIndex()
                            + ",\"delta\":\"")
                    .getBytes(StandardCharsets.UTF_8);
        }
        return envelope;
    }

    private static String escaped(String text) {
        if (isPlain(text)) return text;
        return new String(JsonStringEncoder.getInstance().quoteAsString(WellFormed.text(text)));
    }

    private static byte[] deltaStart(Dialect dialect, String what) {
        return ascii("{\"type\":\"" + EventWriter.outputPrefix(dialect) + what + ".delta\",\"event_id\":\"");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
