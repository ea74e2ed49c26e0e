package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Writes a form as {@code multipart/form-data} (RFC 7578): text as it is, files as the bytes they are.
 *
 * <p>Threading: confined to its caller.
 */
final class FormWriter {
    /*
     *  --boundary CRLF Content-Disposition: form-data; name="model" CRLF CRLF gpt-4o-transcribe CRLF
     *  …
     *  --boundary CRLF Content-Disposition: form-data; name="file"; filename="audio.wav" CRLF
     *             Content-Type: audio/wav CRLF CRLF bytes CRLF
     *  --boundary-- CRLF
     *
     * No content is escaped: a boundary that stands nowhere in the parts is what keeps them apart (RFC 2046 §5.1.1).
     */
    private static final String CRLF = "\r\n";
    private static final int BOUNDARY_LETTERS = 32;
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    private final SplittableRandom random;

    FormWriter() {
        this(new SplittableRandom());
    }

    /** @param random chooses boundaries */
    FormWriter(SplittableRandom random) {
        this.random = random;
    }

    /**
     * Appends the body.
     *
     * @param out lent
     * @return the {@code Content-Type}, which names the boundary
     */
    String write(List<FormPart> parts, ByteBuf out) {
        int start = out.writerIndex();
        while (true) {
            String boundary = nextBoundary();
            if (writeWith(boundary, parts, out)) return "multipart/form-data; boundary=" + boundary;
            out.writerIndex(start);
        }
    }

    /** Returns false where the boundary stands in one of the parts: what was written is then of no use. */
    private static boolean writeWith(String boundary, List<FormPart> parts, ByteBuf out) {
        boolean isApart = true;
        for (FormPart part : parts) {
            if (part instanceof FormPart.File file) isApart &= writeFile(file, boundary, out);
            else isApart &= writeField((FormPart.Field) part, boundary, out);
        }
        append("--" + boundary + "--" + CRLF, out);
        return isApart;
    }

    private static boolean writeField(FormPart.Field field, String boundary, ByteBuf out) {
        append("--" + boundary + CRLF + disposition(field) + CRLF + CRLF, out);
        append(field.value(), out);
        append(CRLF, out);
        return !field.value().contains(boundary) && !field.name().contains(boundary);
    }

    private static boolean writeFile(FormPart.File file, String boundary, ByteBuf out) {
        append(
                "--" + boundary + CRLF + disposition(file) + "; filename=\"" + escaped(file.filename()) + '"' + CRLF
                        + "Content-Type: " + file.contentType() + CRLF + CRLF,
                out);
        int contentStart = out.writerIndex();
        file.content().appendTo(out);
        boolean isApart = !holdsDelimiter(boundary, contentStart, out);
        append(CRLF, out);
        return isApart;
    }

    private static String disposition(FormPart part) {
        return "Content-Disposition: form-data; name=\"" + escaped(part.name()) + '"';
    }

    /** As browsers do it: a name from outside must not end its line or its quotes. */
    private static String escaped(String name) {
        return name.replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
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
