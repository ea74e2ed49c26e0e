package dev.antiphon.server.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Pcm16;
import dev.antiphon.audio.Resampler;
import dev.antiphon.audio.Wav;
import dev.antiphon.container.Container;
import dev.antiphon.server.media.SpokenFiles.Limits;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.Sound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
class SpokenFilesTest {
    private static final AudioClip TONE =
            Pcm16.clipOf(24_000, Sound.tone(440, -12, 500).toPcm16());

    /** Some 20 seconds at the highest rate: tens of milliseconds of work. */
    private static final byte[] LONG =
            Wav.write(Resampler.resample(Pcm16.clipOf(24_000, new short[24_000 * 20]), 192_000));

    private final EventLoop loop = new DefaultEventLoop();
    private SpokenFiles files = new SpokenFiles(Limits.DEFAULT);

    @BeforeEach
    void warm() {
        loop.execute(() -> {});
    }

    @AfterEach
    void stop() {
        files.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void aWavAt24KilohertzIsReadSampleForSample() throws Exception {
        assertThat(read(Wav.write(TONE))).isEqualTo(TONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {8_000, 16_000, 44_100, 48_000, 192_000})
    void aWavOfAnyRateBecomes24Kilohertz(int sampleRateHz) throws Exception {
        AudioClip other = Resampler.resample(TONE, sampleRateHz);

        AudioClip clip = read(Wav.write(other));

        assertThat(clip).isEqualTo(Resampler.resample(other, 24_000));
        assertThat(clip.format()).isEqualTo(AudioFormat.PCM16_24KHZ);
        assertThat(clip.millis()).isEqualTo(500);
    }

    @Test
    void anMp4IsRefusedByName() {
        byte[] mp4 = "\0\0\0\u001cftypiso5\0\0\2\0iso5iso6mp41".getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> read(mp4))
                .isInstanceOf(UnreadableAudio.class)
                .hasMessage("file: MP4 with AAC"
                        + " (expected: wav, or webm or ogg with Opus; mp3 and flac go to a provider unchanged)");
    }

    @Test
    void aBrokenWavSaysWhatIsBroken() {
        byte[] wav = Wav.write(TONE);
        wav[20] = 85; // MP3 in WAV

        assertThatThrownBy(() -> read(wav))
                .isInstanceOf(UnreadableAudio.class)
                .hasMessageStartingWith("file: format: 85 with 16 bits (expected: ");
    }

    @Test
    void soundLongerThanTheLimitIsRefused() throws Exception {
        files.close();
        files = new SpokenFiles(new Limits(1, 1, 1));
        AudioClip second = Pcm16.clipOf(24_000, Sound.silence(1_000).toPcm16());
        AudioClip more = Pcm16.clipOf(24_000, Sound.silence(1_001).toPcm16());

        assertThat(read(Wav.write(second))).isEqualTo(second);
        assertThatThrownBy(() -> read(Wav.write(more)))
                .isInstanceOf(UnreadableAudio.class)
                .hasMessage("file: more than 1 seconds of sound (expected: at most 1)");
    }

    @Test
    void listenersRunOnTheLoopThatWasGiven() throws Exception {
        CompletableFuture<Boolean> inLoop = new CompletableFuture<>();

        files.toClip(buffer(Wav.write(TONE)), loop).addListener(clip -> inLoop.complete(loop.inEventLoop()));

        assertThat(inLoop.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aFileMoreThanMayWaitIsRefusedAtOnce() throws Exception {
        files.close();
        files = new SpokenFiles(new Limits(1, 2, 1_800));
        List<Future<AudioClip>> clips = new ArrayList<>();

        for (int i = 0; i < 8; i++) clips.add(files.toClip(buffer(LONG), loop));

        assertThat(clips).anySatisfy(refused -> assertThat(refused.cause()).isInstanceOf(DecodersBusy.class));
        for (Future<AudioClip> clip : clips)
            assertThat(clip.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(clips.get(0).isSuccess()).isTrue();
        assertThat(clips.stream().filter(Future::isSuccess)).hasSizeBetween(2, 4);
    }

    @Test
    void nobodyIsLeftWaitingAtTheEnd() throws Exception {
        List<Future<AudioClip>> clips = new ArrayList<>();
        List<ByteBuf> lent = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            lent.add(buffer(LONG));
            clips.add(files.toClip(lent.get(i), loop));
        }

        files.close();
        clips.add(files.toClip(buffer(LONG), loop));

        for (Future<AudioClip> clip : clips)
            assertThat(clip.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(clips.get(5).cause()).isInstanceOf(DecodersBusy.class);
        assertThat(clips.get(6).cause()).isInstanceOf(DecodersBusy.class);
    }

    @Test
    void whoeverCancelsCostsNoMoreThanAPiece() throws Exception {
        ByteBuf wav = buffer(LONG);
        Future<AudioClip> clip = files.toClip(wav, loop);
        clip.cancel(false);

        assertThat(clip.isCancelled()).isTrue();
        await().untilAsserted(() -> assertThat(wav.refCnt()).isZero());
    }

    @ParameterizedTest
    @CsvSource({
        "52494646000000005741564500, WAV",
        "5249464600000000415649, UNKNOWN",
        "4f67675300020000, OGG",
        "1a45dfa39f428681, WEBM",
        "49443304000000, MP3",
        "fffb9064, MP3",
        "fff15080, AAC",
        "664c614300000022, FLAC",
        "0000001c66747970, MP4",
        "7b226d6f64656c22, UNKNOWN",
        "524946, UNKNOWN",
    })
    void theFirstBytesTellTheKind(String hex, Container kind) {
        ByteBuf file = buffer(java.util.HexFormat.of().parseHex(hex));
        try {
            assertThat(SpokenFiles.kindOf(file)).isEqualTo(kind);
        } finally {
            file.release();
        }
    }

    private AudioClip read(byte[] file) throws Exception {
        Future<AudioClip> clip = files.toClip(buffer(file), loop);
        assertThat(clip.await(30, TimeUnit.SECONDS)).isTrue();
        if (clip.cause() instanceof RuntimeException fault) throw fault;
        return clip.get();
    }

    private static ByteBuf buffer(byte[] bytes) {
        return ByteBufAllocator.DEFAULT.buffer(bytes.length).writeBytes(bytes);
    }
}
