package dev.antiphon.upstream;

import dev.antiphon.audio.Wav;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Writes a {@link TranscriptionRequest} as {@code multipart/form-data} (RFC 7578): text as it is, the clip as a WAV file.
 *
 * <p>Threading: confined to its caller.
 */
public final class TranscriptionRequestWriter {
    /*
     *  --boundary CRLF Content-Disposition: form-data; name="model" CRLF CRLF gpt-4o-transcribe CRLF
     *  …
     *  --boundary CRLF Content-Disposition: form-data; name="file"; filename="audio.wav" CRLF
     *             Content-Type: audio/wav CRLF CRLF 44 bytes of header, samples CRLF
     *  --boundary-- CRLF
     *
     * Nothing is escaped: a boundary that stands nowhere in the parts is what keeps them apart (RFC 2046 §5.1.1).
     */
    private static final String CRLF = "\r\n";
    private static final int BOUNDARY_LETTERS = 32;
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    private final SplittableRandom random;

    public TranscriptionRequestWriter() {
        this(new SplittableRandom());
    }

    /** @param random chooses boundaries */
    TranscriptionRequestWriter(SplittableRandom random) {
        this.random = random;
    }

    /**
     * Appends the body.
     *
     * @param out lent
     * @return the {@code Content-Type}, which names the boundary
     */
    public String write(TranscriptionRequest request, ByteBuf out) {
        int start = out.writerIndex();
        while (true) {
            String boundary = nextBoundary();
            if (writeWith(boundary, request, out)) return "multipart/form-data; boundary=" + boundary;
            out.writerIndex(start);
        }
    }

    /** Returns false where the boundary stands in one of the parts: what was written is then of no use. */
    private static boolean writeWith(String boundary, TranscriptionRequest request, ByteBuf out) {
        boolean isApart = writeText("model", request.model(), boundary, out);
        if (request.language() != null) isApart &= writeText("language", request.language(), boundary, out);
        if (request.prompt() != null) isApart &= writeText("prompt", request.prompt(), boundary, out);
        isApart &= writeText("response_format", "json", boundary, out);
        if (request.isStreamed()) isApart &= writeText("stream", "true", boundary, out);
        isApart &= writeFile(request, boundary, out);
        append("--" + boundary + "--" + CRLF, out);
        return isApart;
    }

    private static boolean writeText(String name, String value, String boundary, ByteBuf out) {
        append("--" + boundary + CRLF + "Content-Disposition: form-data; name=\"" + name + '"' + CRLF + CRLF, out);
        append(value, out);
        append(CRLF, out);
        return !value.contains(boundary);
    }

    private static boolean writeFile(TranscriptionRequest request, String boundary, ByteBuf out) {
        append(
                "--" + boundary + CRLF + "Content-Disposition: form-data; name=\"file\"; filename=\"audio.wav\"" + CRLF
                        + "Content-Type: audio/wav" + CRLF + CRLF,
                out);
        Wav.writeHeader(request.clip().format().sampleRateHz(), request.clip().bytes(), out);
        int samplesStart = out.writerIndex();
        request.clip().appendTo(out);
        boolean isApart = !holdsDelimiter(boundary, samplesStart, out);
        append(CRLF, out);
        return isApart;
    }

    /** Looks for CR only, which is rare in speech: megabytes of samples pass in a fraction of a millisecond. */
    private static boolean holdsDelimiter(String boundary, int from, ByteBuf out) {
        byte[] delimiter = (CRLF + "--" + boundary).getBytes(StandardCharsets.US_ASCII);
        int end = out.writerIndex();
        int at = out.indexOf(from, end, (byte) '\r');
        while (at >= 0 && at <= end - delimiter.length) {
            int matched = 1;
            while (matched < delimiter.length && out.getByte(at + matched) == delimiter[matched]) matched++;
            if (matched == delimiter.length) return true;
            at = out.indexOf(at + 1, end, (byte) '\r');
        }
        return false;
    }

    /** Random, so that no text can be made to hold it; 160 bits, so that none does by chance. */
    private String nextBoundary() {
        StringBuilder boundary = new StringBuilder("antiphon-");
        for (int i = 0; i < BOUNDARY_LETTERS; i++) boundary.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        return boundary.toString();
    }

    private static void append(String text, ByteBuf out) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
    }
}
