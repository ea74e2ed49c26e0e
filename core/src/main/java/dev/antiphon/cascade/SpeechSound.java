package dev.antiphon.cascade;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Resampler;
import dev.antiphon.audio.WavDecoder;
import dev.antiphon.audio.WavFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The body of a speech answer, cut anywhere, to whole samples of PCM16 at 24 kHz: raw samples as OpenAI sends them, at
 * another rate where the {@code Content-Type} names one, or a WAV file where a server sends that all the same.
 *
 * <p>Threading: confined to its caller.
 */
final class SpeechSound {
    private static final int RATE_HZ = AudioFormat.PCM16_24KHZ.sampleRateHz();
    private static final Pattern RATE = Pattern.compile(";\\s*rate=\"?(\\d{4,6})\"?");
    private static final int RIFF = 0x52494646;
    private static final int OGGS = 0x4F676753;
    private static final int FLAC = 0x664C6143;
    private static final int ID3 = 0x494433;
    private static final int MAGIC_BYTES = 4;

    private enum Form {
        UNKNOWN,
        RAW,
        WAV
    }

    private final ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
    private Form form = Form.UNKNOWN;
    private final WavDecoder wav = new WavDecoder();
    private @Nullable Resampler resampler; // null: nothing has to be changed, as far as is known
    // What was cut: up to three bytes before the form is known, then the first half of a sample.
    private final byte[] cut = new byte[MAGIC_BYTES];
    private int cutBytes;
    private @Nullable String complaint; // null: none

    /** @return what is wrong, in a sentence; null: nothing so far */
    @Nullable
    String complaint() {
        return complaint;
    }

    void onHead(String contentType) {
        String type = contentType.toLowerCase(Locale.ROOT);
        boolean isOther = type.startsWith("text/") || type.startsWith("application/json");
        for (String name : new String[] {"mpeg", "mp3", "ogg", "opus", "aac", "flac"}) {
            isOther |= type.startsWith("audio/" + name);
        }
        if (isOther) complaint = "the speech is " + type.replaceFirst("[;\\s].*", "") + " (expected: pcm or wav)";
        Matcher rate = RATE.matcher(type);
        if (rate.find()) resampleFrom(Integer.parseInt(rate.group(1)));
    }

    private void resampleFrom(int rateHz) {
        if (rateHz == RATE_HZ) return;
        try {
            resampler = new Resampler(rateHz, RATE_HZ);
        } catch (IllegalArgumentException unknownRate) {
            complaint = "the speech has " + rateHz + " Hz (expected: a rate that speech comes in)";
        }
    }

    /**
     * Takes the next bytes.
     *
     * @param bytes lent, its indices stay
     * @return given; whole samples at 24 kHz, perhaps none
     */
    ByteBuf feed(ByteBuf bytes) {
        boolean isAsItIs = form == Form.RAW && resampler == null && cutBytes == 0 && complaint == null;
        if (isAsItIs && bytes.readableBytes() % 2 == 0) return bytes.retainedSlice();
        ByteBuf joined = allocator.buffer(cutBytes + bytes.readableBytes());
        try {
            joined.writeBytes(cut, 0, cutBytes).writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
            cutBytes = 0;
            if (form == Form.UNKNOWN && !recognise(joined))
                return joined.retain().clear();
            return complaint != null ? joined.retain().clear() : samplesOf(joined);
        } finally {
            joined.release();
        }
    }

    /** @return given; what still waited */
    ByteBuf end() {
        ByteBuf rest = allocator.buffer();
        if (complaint != null) return rest;
        if (form == Form.WAV) endWav();
        else if (form == Form.UNKNOWN) rest.writeBytes(cut, 0, cutBytes & ~1); // a body of one sample or none
        if (resampler != null) resampler.flush(rest);
        return rest;
    }

    private void endWav() {
        try {
            wav.end();
        } catch (WavFault fault) {
            complaint = "the speech is no sound: " + fault.getMessage();
        }
    }

    /** False while too little has come. */
    private boolean recognise(ByteBuf joined) {
        if (joined.readableBytes() < MAGIC_BYTES) {
            cutBytes = joined.readableBytes();
            joined.readBytes(cut, 0, cutBytes);
            return false;
        }
        int magic = joined.getInt(joined.readerIndex());
        form = magic == RIFF ? Form.WAV : Form.RAW;
        if (magic == OGGS) complaint = "the speech is ogg (expected: pcm or wav)";
        else if (magic == FLAC) complaint = "the speech is flac (expected: pcm or wav)";
        else if (magic >>> 8 == ID3) complaint = "the speech is mp3 (expected: pcm or wav)";
        if (form == Form.WAV) resampler = null; // the file says its rate itself
        return true;
    }

    private ByteBuf samplesOf(ByteBuf joined) {
        if (form == Form.RAW) {
            keepHalfSample(joined);
            return resampler == null ? joined.retain() : resampled(joined, resampler);
        }
        ByteBuf samples = allocator.buffer(joined.readableBytes() + MAGIC_BYTES);
        try {
            wav.feed(joined, samples);
        } catch (WavFault fault) {
            complaint = "the speech is no sound: " + fault.getMessage();
        }
        if (resampler == null && wav.sampleRateHz() != 0) resampleFrom(wav.sampleRateHz());
        if (resampler == null) return samples;
        try {
            return resampled(samples, resampler);
        } finally {
            samples.release();
        }
    }

    private void keepHalfSample(ByteBuf joined) {
        cutBytes = joined.readableBytes() % 2;
        if (cutBytes == 0) return;
        int last = joined.writerIndex() - 1;
        cut[0] = joined.getByte(last);
        joined.writerIndex(last);
    }

    private ByteBuf resampled(ByteBuf samples, Resampler with) {
        ByteBuf out = allocator.buffer(with.mostOutputBytes(samples.readableBytes()));
        with.feed(samples, out);
        return out;
    }
}
