package dev.antiphon.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.bench.load.caller.CallerSchedule;
import dev.antiphon.bench.load.caller.CallerSettings;
import dev.antiphon.bench.load.caller.CallerSettings.Protocol;
import dev.antiphon.bench.load.caller.CallerSettings.Turns;
import dev.antiphon.bench.load.caller.CallerSettings.Uplink;
import dev.antiphon.bench.load.caller.Callers;
import dev.antiphon.bench.load.caller.ConversationPlan;
import dev.antiphon.bench.load.caller.ConversationPlan.Span;
import dev.antiphon.bench.load.record.CutLedger;
import dev.antiphon.bench.load.record.LoadRecorder;
import dev.antiphon.bench.load.record.Measure;
import dev.antiphon.bench.load.record.ProcessWatch;
import dev.antiphon.bench.load.record.RunJournal;
import dev.antiphon.bench.load.record.RunWindow;
import dev.antiphon.bench.load.upstream.AnswerScript;
import dev.antiphon.bench.load.upstream.ScriptedUpstream;
import dev.antiphon.bench.load.upstream.UpstreamListener;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.session.TurnObserver;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over loopback, for a few seconds. What is asserted of time is what was planted, and from below: others only add. */
class LoadRunTest {
    private static final AnswerScript SHORT_ANSWERS = new AnswerScript(
            1,
            new AnswerScript.FirstAudio(20, 40),
            new AnswerScript.Pieces(100, 100),
            new AnswerScript.Length(400, 400),
            4);
    private static final long FRAME_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final InetSocketAddress ANYWHERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final LoadRecorder recorder = new LoadRecorder(TimeUnit.SECONDS.toNanos(5));
    private final CutLedger cuts = new CutLedger(recorder);

    private int longOnes; // on the relay's loop

    @TempDir
    private Path folder = Path.of("");

    private final ScriptedUpstream upstream = startUpstream();

    private ScriptedUpstream startUpstream() {
        return ScriptedUpstream.start(ANYWHERE, 1, SHORT_ANSWERS, new UpstreamListener() {
            @Override
            public void onCut(long answerId, long nowNanos) {
                cuts.onGone(answerId, nowNanos);
            }

            @Override
            public void onWrittenInVain(int bytes) {}
        });
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void throughAGatewayEveryTurnThatWasMeantIsAccountedForAndSoIsEveryPiece() throws Exception {
        UpstreamSettings model = UpstreamSettings.of(
                        UpstreamEndpoint.openAi(upstream.baseUrl().toString(), Credentials.NONE))
                .withDeadlines(new UpstreamSettings.Deadlines(20_000, 20_000, 20_000, 20_000)); // however busy we are
        GatewayConfig config =
                GatewayConfig.embedded().withModel(new GatewayConfig.Model.Provider("openai", model, "scripted"));
        try (Gateway gateway = Gateway.start(config, TurnObserver.NONE)) {
            URI url = URI.create("ws://127.0.0.1:" + gateway.address().getPort());
            ConversationPlan plan =
                    new ConversationPlan(1, new Span(300, 500), new Span(2_600, 3_000), new Span(1_200, 1_400), 0.3);
            CallerSettings settings = new CallerSettings(Protocol.REALTIME, Turns.SERVER_VAD, Uplink.AUDIO, true, plan);
            Properties run = run(url, settings, 5, 2, 7);
            assertThat(number(run, "sessions.failed")).isZero();
            assertThat(number(run, "frames.sent")).isEqualTo(5 * 7 * 50);
            long turns = number(run, "turns.completed")
                    + number(run, "turns.interrupted")
                    + number(run, "turns.failed"); // where this machine is too busy to answer in time
            assertThat(turns).isEqualTo(turnsOf(plan, 5, 2, 7));
            assertThat(number(run, "turns.completed")).isPositive();
            assertThat(number(run, "pieces.received")).isGreaterThanOrEqualTo(4 * number(run, "turns.completed"));
            assertThat(number(run, "pieces.received") + number(run, "pieces.dropped"))
                    .isEqualTo(number(run, "pieces.expected"));
            assertThat(number(run, "pieces.broken")).isZero();
            assertThat(number(run, "cpu.self.seconds")).isPositive();
            assertThat(intervalsOf(Measure.DOWNLINK)).isEqualTo(number(run, "pieces.received"));
            assertThat(intervalsOf(Measure.FIRST_AUDIO)).isGreaterThanOrEqualTo(number(run, "turns.completed"));
            assertThat(intervalsOf(Measure.UPLINK)).isGreaterThanOrEqualTo(number(run, "turns.completed"));
            assertThat(number(run, "uplinks.impossible")).isZero();
        }
    }

    /** How many turns are meant to end within the measured seconds. */
    private static long turnsOf(ConversationPlan plan, int sessions, int warmUpSeconds, int seconds) {
        long turns = 0;
        for (int caller = 0; caller < sessions; caller++) {
            CallerSchedule schedule = new CallerSchedule(plan, caller);
            RunWindow window = RunWindow.of(0, warmUpSeconds, seconds);
            long phaseNanos = caller * FRAME_NANOS / sessions;
            long beginNanos = window.beginNanos(caller, sessions);
            for (long due = phaseNanos; !window.isOver(due); due += FRAME_NANOS) {
                if (due < beginNanos) continue;
                schedule.next();
                if (window.contains(due) && schedule.endsTurn()) turns++;
            }
        }
        return turns;
    }

    @Test
    void withoutSoundUpwardsTheAnswersAreTheSame() throws Exception {
        Properties run = run(upstream.directUrl(), settings(Turns.MANUAL, Uplink.NONE, 0), 5, 0, 2);
        assertThat(number(run, "frames.sent")).isZero();
        assertThat(run.getProperty("gateway")).isEqualTo("somebody's");
        assertThat(number(run, "turns.completed")).isPositive();
        assertThat(number(run, "pieces.expected")).isPositive().isEqualTo(number(run, "pieces.received"));
    }

    @Test
    void aCallerCanReadTheEventsOfTheModelItself() throws Exception {
        CallerSettings settings = new CallerSettings(Protocol.SSE, Turns.MANUAL, Uplink.AUDIO, false, planWith(0.5));
        URI model = URI.create("http://127.0.0.1:" + upstream.address().getPort());
        Properties run = run(model, settings, 10, 0, 3);
        assertThat(number(run, "turns.completed")).isPositive();
        assertThat(number(run, "pieces.broken")).isZero();
        assertThat(number(run, "pieces.received") + number(run, "pieces.dropped"))
                .isEqualTo(number(run, "pieces.expected"));
        assertThat(number(run, "pieces.received")).isGreaterThanOrEqualTo(4 * number(run, "turns.completed"));
        assertThat(intervalsOf(Measure.UPLINK)).isGreaterThanOrEqualTo(number(run, "turns.completed"));
    }

    @Test
    void aRelayThatStallsFor50MillisEachSecondShowsInP99() throws Exception {
        try (StallingRelay relay = new StallingRelay(upstream.address(), 50, UnaryOperator.identity())) {
            run(relay.url(), settings(Turns.MANUAL, Uplink.NONE, 0), 50, 1, 5);
        }
        assertThat(recorder.total(Measure.DOWNLINK).getValueAtPercentile(99))
                .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(25));
    }

    @Test
    void aRelayThatDamagesSoundIsNoticed() throws Exception {
        try (StallingRelay relay = new StallingRelay(upstream.address(), 0, this::damaged)) {
            Properties run = run(relay.url(), settings(Turns.MANUAL, Uplink.NONE, 0), 5, 0, 2);
            assertThat(number(run, "pieces.broken")).isPositive();
            assertThat(number(run, "pieces.dropped")).isPositive();
        }
    }

    @Test
    void aServerThatDoesNotUpgradeIsNamedWithItsAnswer() throws Exception {
        URI nothingThere = upstream.directUrl().resolve("/v1/models");
        StringWriter said = new StringWriter();
        try {
            hold(nothingThere, settings(Turns.MANUAL, Uplink.NONE, 0), 2, 0, 1, said);
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("200 OK");
            return;
        }
        throw new AssertionError("a server that does not upgrade was called");
    }

    /** One character of the base64 somewhere in every third piece that is long. */
    private ByteBuf damaged(ByteBuf bytes) {
        int middle = bytes.readerIndex() + bytes.readableBytes() / 2;
        boolean isChosen = bytes.readableBytes() > 1_000 && longOnes++ % 3 == 0;
        if (isChosen) bytes.setByte(middle, bytes.getByte(middle) == 'A' ? 'B' : 'A');
        return bytes;
    }

    private static CallerSettings settings(Turns turns, Uplink uplink, double bargeInRate) {
        boolean isHeard = turns == Turns.SERVER_VAD && uplink == Uplink.AUDIO;
        return new CallerSettings(Protocol.REALTIME, turns, uplink, isHeard, planWith(bargeInRate));
    }

    private static ConversationPlan planWith(double bargeInRate) {
        return new ConversationPlan(1, new Span(300, 500), new Span(1_200, 1_400), new Span(560, 640), bargeInRate);
    }

    private Properties run(URI target, CallerSettings settings, int sessions, int warmUp, int seconds)
            throws Exception {
        hold(target, settings, sessions, warmUp, seconds, new StringWriter());
        Properties properties = new Properties();
        try (var in = Files.newBufferedReader(folder.resolve("run.properties"), StandardCharsets.UTF_8)) {
            properties.load(in);
        }
        return properties;
    }

    private void hold(URI target, CallerSettings settings, int sessions, int warmUp, int seconds, Writer out)
            throws Exception {
        LoadRun run = new LoadRun(
                target,
                settings,
                new Callers.Size(sessions, 1, 200, false),
                new LoadRun.Length(warmUp, seconds),
                recorder,
                cuts,
                () -> Map.of("gateway", "somebody's"));
        List<ProcessWatch> watches =
                List.of(new ProcessWatch("self", ProcessHandle.current().pid()));
        PrintWriter console = new PrintWriter(out);
        try (RunJournal journal = new RunJournal(folder, recorder, watches, console)) {
            run.hold(journal, console);
        }
    }

    private long intervalsOf(Measure measure) throws IOException {
        long count = 0;
        try (HistogramLogReader reader =
                new HistogramLogReader(folder.resolve(measure.tag() + ".hlog").toFile())) {
            for (EncodableHistogram next = reader.nextIntervalHistogram();
                    next != null;
                    next = reader.nextIntervalHistogram()) {
                assertThat(next.getTag()).isEqualTo(measure.tag());
                count += ((Histogram) next).getTotalCount();
            }
        }
        return count;
    }

    private static long number(Properties run, String key) {
        String value = run.getProperty(key);
        assertThat(value).as(key).isNotNull();
        return (long) Math.ceil(Double.parseDouble(value));
    }
}
