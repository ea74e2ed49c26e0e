package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.G711;
import dev.antiphon.audio.Loudness;
import dev.antiphon.audio.Resampler;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.config.GatewayConfig.Model;
import dev.antiphon.server.conformance.PcmDevice.Message;
import dev.antiphon.server.conformance.PcmDevice.Reply;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.session.TurnObserver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.http.WebSocketHandshakeException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The plain protocol through a whole gateway, with the embedded model behind it. */
@Timeout(120)
class PcmIT {
    private static final AudioFormat DEVICE = AudioFormat.pcm16(16_000);
    private static final String KEY = "sk-client-0123456789";
    private static final double SPEECH_DBFS = -40;

    private final Gateway gateway = Gateway.start(config(), TurnObserver.NONE);

    private static GatewayConfig config() {
        TwinSettings quick = TwinSettings.defaults().withPace(0, 50);
        return GatewayConfig.embedded().withModel(new Model.Embedded(quick));
    }

    @AfterEach
    void close() {
        gateway.close();
    }

    private PcmDevice device(String query, String... subprotocols) {
        return new PcmDevice(PcmDevice.url(gateway.realtimeUrl(), query), subprotocols);
    }

    @Test
    void aDeviceThatSendsNothingButAudioGetsASpokenAnswer() throws InterruptedException {
        try (PcmDevice device = device("")) {
            assertThat(device.subprotocol()).isEmpty();
            device.say(spoken("What is the time?", DEVICE), DEVICE);
            device.say(silence(700, DEVICE), DEVICE);
            Frame ready = device.expect("ready");
            assertThat(ready.text("session")).startsWith("sess_");
            assertThat(ready.integer("in", "rate")).isEqualTo(16_000);
            Frame start = device.expect("speech");
            assertThat(start.text("state")).isEqualTo("start");
            Frame stop = device.expect("speech");
            assertThat(stop.text("state")).isEqualTo("stop");
            assertThat(stop.integer("ms")).isGreaterThan(start.integer("ms"));
            Reply reply = device.reply();
            assertThat(reply.last().text("state")).isEqualTo("end");
            assertThat(reply.last().integer("ms")).isEqualTo(DEVICE.millisOf(DEVICE.samplesIn(reply.sound().length)));
            assertThat(reply.words()).as("words nobody asked for").isEmpty();
            assertThat(loudness(reply.sound())).isGreaterThan(SPEECH_DBFS);
            assertThat(device.expect("mark").text("mark")).isEqualTo(reply.itemId());
            device.send("{\"type\":\"stop\"}");
            assertThat(device.expect("bye").text("reason")).isEqualTo("stop");
            assertThat(device.next().closeCode()).isEqualTo(1000);
        }
    }

    @Test
    void aDeviceWhoseFramesStopIsAnsweredToo() throws InterruptedException {
        try (PcmDevice device = device("")) {
            device.say(spoken("What is the time?", DEVICE), DEVICE);
            device.readUntil("reply");
        }
    }

    @Test
    void aManualTurnEndsWhenTheDeviceSaysSo() throws InterruptedException {
        try (PcmDevice device = device("?turn=manual&events=text")) {
            device.send("{\"type\":\"end\"}");
            device.expect("ready");
            assertThat(device.expect("error").text("code")).isEqualTo("input_audio_buffer_commit_empty");
            device.say(spoken("What is the time?", DEVICE), DEVICE);
            device.say(silence(1_500, DEVICE), DEVICE);
            device.send("{\"type\":\"ping\",\"t\":1}");
            assertThat(device.expect("pong").integer("t")).isEqualTo(1);
            device.send("{\"type\":\"end\"}");
            assertThat(device.reply().words()).isNotEmpty();
        }
    }

    @Test
    void speechIntoAReplyClearsItAndNothingOfItFollows() throws InterruptedException {
        try (PcmDevice device = device("")) {
            device.send("{\"type\":\"text\",\"text\":\"speak for 20 seconds\"}");
            device.expect("ready");
            String item = device.expect("reply").text("item");
            assertThat(device.next().audio()).isNotEmpty();
            device.say(spoken("Stop now, please.", DEVICE), DEVICE);
            device.say(silence(700, DEVICE), DEVICE);
            List<Message> cut = device.readUntil("clear");
            assertThat(cut.get(cut.size() - 1).json().text("item")).isEqualTo(item);
            assertThat(cut.get(cut.size() - 1).json().text("reason")).isEqualTo("barge-in");
            Frame stop = device.expect("speech");
            assertThat(stop.text("state")).isEqualTo("stop");
            Frame next = device.expect("reply");
            assertThat(next.text("state")).isEqualTo("start");
            assertThat(next.text("item")).isNotEqualTo(item);
        }
    }

    @Test
    void nothingOfAClearedReplyComesBehindTheClear() throws InterruptedException {
        try (PcmDevice device = device("?events=text,partial")) {
            device.send("{\"type\":\"text\",\"text\":\"speak for 20 seconds\"}");
            device.readUntil("reply");
            device.send("{\"type\":\"cancel\"}");
            List<Message> before = device.readUntil("clear");
            assertThat(before.get(before.size() - 1).json().text("reason")).isEqualTo("cancel");
            device.send("{\"type\":\"ping\"}");
            assertThat(device.next().isText("pong")).isTrue();
            device.send("{\"type\":\"text\",\"text\":\"repeat after me: Hello.\"}");
            Reply next = device.reply();
            assertThat(next.words()).contains("Hello");
        }
    }

    @Test
    void aBrowserPutsItsKeyBesideTheSubprotocol() throws InterruptedException {
        GatewayConfig closed = config().withAccess(new GatewayConfig.Access(List.of(Secret.of(KEY)), Set.of()));
        try (Gateway guarded = Gateway.start(closed, TurnObserver.NONE)) {
            try (PcmDevice browser =
                    new PcmDevice(PcmDevice.url(guarded.realtimeUrl(), ""), "pcm.v1", "bearer." + KEY)) {
                assertThat(browser.subprotocol()).isEqualTo("pcm.v1");
                browser.send("{\"type\":\"start\"}");
                browser.expect("ready");
            }
            for (String[] wrong : new String[][] {{}, {"pcm.v1"}, {"pcm.v1", "bearer.sk-other"}}) {
                assertThatThrownBy(() -> new PcmDevice(PcmDevice.url(guarded.realtimeUrl(), ""), wrong))
                        .cause()
                        .isInstanceOfSatisfying(
                                WebSocketHandshakeException.class,
                                refused -> assertThat(refused.getResponse().statusCode())
                                        .isEqualTo(401));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"?rate=8000, 8000", "?rate=24000, 24000", "?rate=48000, 48000"})
    void eachRateGoesBothWays(String query, int rateHz) throws InterruptedException {
        AudioFormat format = AudioFormat.pcm16(rateHz);
        try (PcmDevice device = device(query)) {
            device.say(spoken("What is the time?", format), format);
            device.say(silence(700, format), format);
            Reply reply = reply(device);
            assertThat(reply.last().integer("ms")).isEqualTo(format.millisOf(format.samplesIn(reply.sound().length)));
            assertThat(loudness(reply.sound())).isGreaterThan(SPEECH_DBFS);
        }
    }

    @Test
    void ulawGoesBothWays() throws InterruptedException {
        AudioFormat format = AudioFormat.MULAW_8KHZ;
        ByteBuf codes = Unpooled.buffer();
        G711.encode(
                format.encoding(),
                Unpooled.wrappedBuffer(spoken("What is the time?", AudioFormat.pcm16(8_000))),
                codes);
        G711.encode(format.encoding(), Unpooled.wrappedBuffer(silence(700, AudioFormat.pcm16(8_000))), codes);
        try (PcmDevice device = device("?encoding=ulaw")) {
            device.say(ByteBufUtil.getBytes(codes), format);
            Reply reply = reply(device);
            assertThat(reply.last().integer("ms")).isEqualTo(reply.sound().length / 8);
            ByteBuf pcm = Unpooled.buffer();
            G711.decode(format.encoding(), Unpooled.wrappedBuffer(reply.sound()), pcm);
            assertThat(Loudness.rmsDbfs(pcm)).isGreaterThan(SPEECH_DBFS);
        }
    }

    private static Reply reply(PcmDevice device) throws InterruptedException {
        device.expect("ready");
        device.expect("speech");
        device.expect("speech");
        return device.reply();
    }

    private static byte[] spoken(String sentence, AudioFormat format) {
        AudioClip clip = AudioClip.of(AudioFormat.PCM16_24KHZ.sampleRateHz(), TestSpeech.pcm(sentence));
        return Resampler.resample(clip, format.sampleRateHz()).toByteArray();
    }

    private static byte[] silence(int millis, AudioFormat format) {
        return new byte[(int) format.bytesOf(format.samplesInMillis(millis))];
    }

    private static double loudness(byte[] pcm) {
        return Loudness.rmsDbfs(Unpooled.wrappedBuffer(pcm));
    }
}
