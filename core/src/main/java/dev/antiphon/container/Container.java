package dev.antiphon.container;

import io.netty.buffer.ByteBuf;

/**
 * What a file of sound says it is by its first bytes; names and content types are not believed.
 *
 * <p>Threading: immutable.
 */
public enum Container {
    /** RIFF with WAVE in it. */
    WAV("WAV"),
    /** Ogg, whatever codec is in it. */
    OGG("Ogg"),
    /** EBML: WebM or another Matroska. */
    WEBM("WebM"),
    /** MPEG audio layer III, with or without ID3 before it. */
    MP3("MP3"),
    FLAC("FLAC"),
    /** ISO base media: MP4, M4A, MOV, 3GP; what Safari records, with AAC in it. */
    MP4("MP4 with AAC"),
    /** AAC as an ADTS stream. */
    AAC("AAC"),
    /** Nothing we know a name for. */
    UNKNOWN("no audio format known here");

    /** More than these are never looked at. */
    public static final int SNIFFED_BYTES = 12;

    private static final int RIFF = 0x52494646;
    private static final int WAVE = 0x57415645;
    private static final int OGGS = 0x4F676753;
    private static final int EBML = 0x1A45DFA3;
    private static final int FLAC_MARK = 0x664C6143;
    private static final int FTYP = 0x66747970;
    private static final int ID3 = 0x494433;

    private final String label;

    Container(String label) {
        this.label = label;
    }

    /** For messages: what a person calls it. */
    public String label() {
        return label;
    }

    /** @param file its first {@link #SNIFFED_BYTES} bytes, or all of it if it is shorter; lent, its indices stay */
    public static Container of(ByteBuf file) {
        int start = file.readerIndex();
        int bytes = file.readableBytes();
        if (bytes < Integer.BYTES) return UNKNOWN;
        int magic = file.getInt(start);
        return switch (magic) {
            case RIFF -> bytes >= 12 && file.getInt(start + 8) == WAVE ? WAV : UNKNOWN;
            case OGGS -> OGG;
            case EBML -> WEBM;
            case FLAC_MARK -> FLAC;
            default -> {
                if (bytes >= 8 && file.getInt(start + 4) == FTYP) yield MP4;
                if (magic >>> 8 == ID3) yield MP3;
                yield ofMpegHeader(magic);
            }
        };
    }

    /*
     *  11111111 111VVLLP BBBBRR..   V version  L layer: 1 is III, 0 is AAC's ADTS  B bitrate  R sample rate
     *  11111111 1111V00P ppRRRR..   ADTS: p profile, R sample rate
     */
    private static Container ofMpegHeader(int header) {
        if (header >>> 21 != 0x7FF) return UNKNOWN;
        int version = header >>> 19 & 3;
        int layer = header >>> 17 & 3;
        if (layer == 0 && header >>> 20 == 0xFFF) return (header >>> 10 & 15) < 13 ? AAC : UNKNOWN;
        boolean isLayerThree = version != 1 && layer == 1 && (header >>> 12 & 15) != 15 && (header >>> 10 & 3) != 3;
        return isLayerThree ? MP3 : UNKNOWN;
    }
}
