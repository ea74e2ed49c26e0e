package dev.antiphon.server.twin.brain;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Loudness;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Locale;

/**
 * What the twin makes of sound: how long and how loud it is, and nothing else. It does not understand words and says so.
 *
 * <p>Threading: immutable.
 *
 * @param levelDbfs root mean square, 0 is full scale
 */
record Hearing(long millis, double levelDbfs) {
    private static final double SILENT_DBFS = -60;
    private static final double QUIET_DBFS = -35;
    private static final double LOUD_DBFS = -18;

    static Hearing of(List<AudioClip> clips) {
        long millis = 0;
        double energy = 0;
        for (AudioClip clip : clips) {
            ByteBuf pcm = Unpooled.wrappedBuffer(clip.toByteArray());
            millis += clip.millis();
            energy += clip.millis() * Math.pow(10, Loudness.rmsDbfs(pcm) / 10);
        }
        double level = millis == 0 ? Loudness.SILENCE_DBFS : 10 * Math.log10(energy / millis);
        return new Hearing(millis, level);
    }

    String described() {
        String seconds = String.format(Locale.ROOT, "%.1f seconds", millis / 1_000.0);
        if (levelDbfs < SILENT_DBFS) return seconds + " of silence";
        String loudness = levelDbfs < QUIET_DBFS ? "quiet" : levelDbfs < LOUD_DBFS ? "clear" : "loud";
        return seconds + " of speech, " + loudness + ", at " + decibels() + " decibels";
    }

    private String decibels() {
        long rounded = Math.round(levelDbfs);
        return rounded < 0 ? "minus " + -rounded : Long.toString(rounded);
    }
}
