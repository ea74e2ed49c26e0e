package dev.antiphon.container;

import static dev.antiphon.container.OggReaderTest.packet;
import static dev.antiphon.container.WebmFile.block;
import static dev.antiphon.container.WebmFile.element;
import static dev.antiphon.container.WebmFile.endless;
import static dev.antiphon.container.WebmFile.header;
import static dev.antiphon.container.WebmFile.opusTrack;
import static dev.antiphon.container.WebmFile.simpleBlock;
import static dev.antiphon.container.WebmFile.track;
import static dev.antiphon.container.WebmFile.tracks;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Wav;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Writes the corpus that {@link ContainersFuzzTest} begins with: {@code FuzzSeeds <folder of the resources>}. */
final class FuzzSeeds {
    private FuzzSeeds() {}

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0], "dev", "antiphon", "container", "ContainersFuzzTestInputs");
        byte[] a = packet(1, 9);
        byte[] b = packet(2, 300);

        write(folder, "wav/plain", Wav.write(AudioClip.of(24_000, new byte[40])));
        ByteBuf streaming = Unpooled.buffer();
        Wav.writeStreamingHeader(8_000, streaming);
        write(folder, "wav/streaming", Arrays.copyOf(streaming.array(), streaming.readableBytes() + 10));

        write(
                folder,
                "ogg/trimmed",
                OggFile.withHead(312)
                        .page(0, 1_920, a, b)
                        .openPage(0, -1, Arrays.copyOf(b, 255))
                        .page(OggPage.CONTINUED | OggPage.LAST, 3_800, Arrays.copyOfRange(b, 255, 300), a)
                        .bytes());
        write(
                folder,
                "ogg/beside-another",
                OggFile.withHead(0)
                        .page(9, 0, 0, 0, false, a)
                        .page(OggPage.LAST, 960, a)
                        .bytes());

        write(
                folder,
                "webm/endless",
                WebmFile.of(
                        header(),
                        endless(Ebml.SEGMENT, tracks(), endless(Ebml.CLUSTER, simpleBlock(a), simpleBlock(b)))));
        write(
                folder,
                "webm/laced",
                WebmFile.of(
                        header(),
                        element(
                                Ebml.SEGMENT,
                                element(Ebml.TRACKS, track(2, 1, "V_VP8", new byte[4]), opusTrack()),
                                element(
                                        Ebml.CLUSTER,
                                        element(Ebml.SIMPLE_BLOCK, block(1, 1, new byte[] {1, 9}, a, a)),
                                        element(Ebml.SIMPLE_BLOCK, block(1, 2, new byte[] {1}, a, a)),
                                        element(
                                                Ebml.SIMPLE_BLOCK,
                                                block(1, 3, new byte[] {2, (byte) 0x89, (byte) 0xBF}, a, a, a)),
                                        element(
                                                Ebml.BLOCK_GROUP,
                                                element(Ebml.BLOCK, block(1, 0, a)),
                                                element(Ebml.DISCARD_PADDING, new byte[] {0x10, 0, 0}))))));
    }

    private static void write(Path folder, String name, byte[] seed) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, seed);
    }
}
