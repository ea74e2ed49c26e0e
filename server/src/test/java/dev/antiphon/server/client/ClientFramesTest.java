package dev.antiphon.server.client;

import static dev.antiphon.server.client.ClientOnAChannel.BINARY;
import static dev.antiphon.server.client.ClientOnAChannel.CLOSE;
import static dev.antiphon.server.client.ClientOnAChannel.CONTINUATION;
import static dev.antiphon.server.client.ClientOnAChannel.PING;
import static dev.antiphon.server.client.ClientOnAChannel.PONG;
import static dev.antiphon.server.client.ClientOnAChannel.TEXT;
import static dev.antiphon.server.client.ClientOnAChannel.close;
import static dev.antiphon.server.client.ClientOnAChannel.frame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.client.ClientOnAChannel.Frame;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.Timers.Deadline;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(NoBufferLeaks.class)
class ClientFramesTest {
    private static final String COMMIT = "{\"type\":\"input_audio_buffer.commit\"}";
    private static final byte[] NOTHING = {};

    @Test
    void textGoesToTheSession() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.sendText(COMMIT);
            client.sendText("{\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAAAAAA\"}");
            assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit", "audio 6");
            assertThat(client.takeFrames()).isEmpty();
        }
    }

    @Test
    void bytesMayComeOneByOne() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            for (byte b : frame(TEXT, true, COMMIT.getBytes(StandardCharsets.UTF_8))) client.send(new byte[] {b});
            assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit");
        }
    }

    @Test
    void aMessageMayComeInFragmentsWithPingsBetween() {
        byte[] text = COMMIT.getBytes(StandardCharsets.UTF_8);
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.send(frame(TEXT, false, Arrays.copyOfRange(text, 0, 5)));
            client.send(frame(PING, true, new byte[] {'p'}));
            client.send(frame(CONTINUATION, false, NOTHING));
            client.send(frame(CONTINUATION, false, Arrays.copyOfRange(text, 5, 9)));
            assertThat(client.session.takeCalls()).isEmpty();
            client.send(frame(CONTINUATION, true, Arrays.copyOfRange(text, 9, text.length)));
            assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit");
            assertThat(client.takeFrames()).containsExactly(new Frame(PONG, "p", 0));
            client.sendText(COMMIT);
            assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit");
        }
    }

    @Test
    void anEventThatCannotBeReadIsAnsweredAndTheSessionLives() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.sendText("{");
            client.send(frame(BINARY, true, new byte[] {1}));
            client.send(frame(BINARY, false, new byte[] {1}));
            client.send(frame(CONTINUATION, true, new byte[] {1}));
            client.sendText(COMMIT);
            assertThat(client.session.takeCalls())
                    .containsExactly(
                            "fault invalid_json", "fault invalid_value", "fault invalid_value", "InputAudioCommit");
            assertThat(client.takeFrames()).hasSize(3).allMatch(f -> f.text().startsWith("{\"type\":\"error\""));
        }
    }

    @Test
    void aFaultOfTheClientThatTheSessionFindsIsAnswered() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.session.onCommand = () -> {
                throw new ClientFault("input_audio_buffer_commit_empty", "Too short.", null, null);
            };
            client.sendText("{\"type\":\"input_audio_buffer.commit\",\"event_id\":\"e1\"}");
            assertThat(client.session.takeCalls())
                    .containsExactly("InputAudioCommit", "fault input_audio_buffer_commit_empty");
            assertThat(client.takeFrames().get(0).text()).contains("\"event_id\":\"e1\"");
            assertThat(client.channel.isOpen()).isTrue();
        }
    }

    @Test
    void aFaultOfOursClosesWith1011() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded();
                ClientOnAChannel other = ClientOnAChannel.upgraded()) {
            client.session.onCommand = () -> {
                throw new IllegalStateException("planted");
            };
            client.session.onClose =
                    () -> client.session.outlet().send(new ServerEvent.InputAudioCleared()); // too late
            client.sendText(COMMIT);
            assertThat(client.takeFrames()).containsExactly(new Frame(CLOSE, "The gateway failed.", 1011));
            assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit", "close INTERNAL_ERROR");
            assertThat(client.channel.isOpen()).isFalse();
            other.sendText(COMMIT);
            assertThat(other.session.takeCalls()).containsExactly("InputAudioCommit");
        }
    }

    @ParameterizedTest
    @CsvSource({"NORMAL, 1000", "GOING_AWAY, 1001", "SESSION_EXPIRED, 1001", "INTERNAL_ERROR, 1011", "OVERLOADED, 1013"
    })
    void theSessionEndsWithOneCloseBehindWhatItSaid(CloseReason reason, int code) {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.session.onCommand = () -> {
                client.session.outlet().send(new ServerEvent.InputAudioCleared());
                client.session.outlet().close(reason);
                client.session.outlet().close(CloseReason.INTERNAL_ERROR);
                client.session.outlet().send(new ServerEvent.InputAudioCleared());
                client.session
                        .outlet()
                        .sendAudio(
                                new PartRef("r", "i", 0, 0),
                                client.channel.alloc().buffer().writeZero(2));
                assertThat(client.session.outlet().isWritable()).isFalse();
            };
            client.sendText(COMMIT);
            List<Frame> frames = client.takeFrames();
            assertThat(frames).hasSize(2);
            assertThat(frames.get(0).text()).contains("input_audio_buffer.cleared");
            assertThat(frames.get(1).opcode()).isEqualTo(CLOSE);
            assertThat(frames.get(1).closeCode()).isEqualTo(code);
            assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit");
        }
    }

    @Test
    void theClientsCloseIsAnsweredAndEndsTheSession() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.send(close(1000));
            assertThat(client.takeFrames()).extracting(Frame::closeCode).containsExactly(1000);
            assertThat(client.session.takeCalls()).containsExactly("close NORMAL");
            assertThat(client.channel.isOpen()).isFalse();
        }
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.send(frame(CLOSE, true, NOTHING));
            assertThat(client.takeFrames()).containsExactly(new Frame(CLOSE, "", 0));
            assertThat(client.channel.isOpen()).isFalse();
        }
    }

    @Test
    void aClientThatVanishesEndsTheSession() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.session.timers().set(Deadline.RESPONSE, client.ticker.nanoTime() + 1);
            client.channel.disconnect().syncUninterruptibly();
            client.channel.runPendingTasks();
            client.advanceMillis(60_000);
            assertThat(client.session.takeCalls()).containsExactly("close NORMAL");
        }
    }

    @Test
    void violationsEndWithOneCloseThatSaysWhich() {
        byte[] reserved = frame(TEXT, true, new byte[] {'{', '}'});
        reserved[0] |= 0x40;
        byte[] unmasked = {(byte) 0x81, 2, '{', '}'};
        byte[] oversized = Arrays.copyOf(frame(TEXT, true, new byte[5 << 20]), 14);
        byte[] huge = Arrays.copyOf(oversized, 14);
        Arrays.fill(huge, 2, 10, (byte) 0x7f);
        assertCloses(1002, reserved);
        assertCloses(1002, unmasked);
        assertCloses(1002, frame(3, true, NOTHING));
        assertCloses(1002, frame(CONTINUATION, true, NOTHING));
        assertCloses(1002, frame(TEXT, false, NOTHING), frame(TEXT, true, NOTHING));
        assertCloses(1002, frame(PING, false, NOTHING));
        assertCloses(1002, frame(PING, true, new byte[126]));
        assertCloses(1002, frame(CLOSE, true, new byte[] {3}));
        assertCloses(1002, close(999));
        assertCloses(1009, oversized);
        assertCloses(1009, huge);
        assertCloses(1007, frame(TEXT, true, new byte[] {'"', (byte) 0xff, '"'}));
        assertCloses(1007, frame(TEXT, true, new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}));
        assertCloses(1007, frame(TEXT, false, new byte[] {(byte) 0xce}), frame(CONTINUATION, true, new byte[] {'x'}));
        assertCloses(1007, frame(CLOSE, true, new byte[] {3, (byte) 0xe8, (byte) 0xff}));
    }

    @Test
    void aMessageOfTenMegabytesIsRefusedInOnePieceAndInFragments() {
        byte[] megabyte = new byte[1 << 20];
        Arrays.fill(megabyte, (byte) ' ');
        assertCloses(1009, frame(TEXT, true, new byte[10 << 20]));
        List<byte[]> fragments = new ArrayList<>();
        fragments.add(frame(TEXT, false, megabyte));
        for (int i = 0; i < 9; i++) fragments.add(frame(CONTINUATION, i == 8, megabyte));
        assertCloses(1009, fragments.toArray(byte[][]::new));
    }

    @Test
    void aMessageOfTheLimitIsRead() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            byte[] text = new byte[ClientLimits.DEFAULT.maxMessageBytes()];
            Arrays.fill(text, (byte) ' ');
            System.arraycopy(COMMIT.getBytes(StandardCharsets.UTF_8), 0, text, 0, COMMIT.length());
            client.send(frame(TEXT, true, text));
            assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit");
        }
    }

    @Test
    void floodsOfFragmentsAndOfControlFramesAreRefused() {
        List<byte[]> empty = new ArrayList<>();
        empty.add(frame(TEXT, false, NOTHING));
        for (int i = 0; i < 5; i++) empty.add(frame(CONTINUATION, false, NOTHING));
        assertCloses(1008, empty.toArray(byte[][]::new));

        List<byte[]> small = new ArrayList<>();
        small.add(frame(TEXT, false, new byte[] {' '}));
        for (int i = 0; i < 32; i++) small.add(frame(CONTINUATION, false, new byte[] {' '}));
        assertCloses(1008, small.toArray(byte[][]::new));

        List<byte[]> pings = new ArrayList<>();
        for (int i = 0; i < 11; i++) pings.add(frame(PING, true, NOTHING));
        assertCloses(1008, pings.toArray(byte[][]::new));
    }

    @Test
    void thirtyTwoFragmentsAreOneMessage() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            String text = " ".repeat(31) + COMMIT;
            client.send(frame(TEXT, false, new byte[] {' '}));
            for (int i = 1; i < 31; i++) client.send(frame(CONTINUATION, false, new byte[] {' '}));
            client.send(frame(CONTINUATION, true, text.getBytes(StandardCharsets.UTF_8)));
            assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit");
        }
    }

    @Test
    void tenPingsASecondAreAnswered() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            for (int second = 0; second < 3; second++) {
                for (int i = 0; i < 10; i++) client.send(frame(PING, true, NOTHING));
                assertThat(client.takeFrames()).hasSize(10).allMatch(f -> f.opcode() == PONG);
                client.advanceMillis(1_000);
            }
        }
    }

    @Test
    void nothingIsReadBehindAViolation() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.send(frame(3, true, NOTHING));
            if (client.channel.isOpen()) client.sendText(COMMIT);
            assertThat(client.session.takeCalls()).containsExactly("close NORMAL");
        }
    }

    @Test
    void aFrameThatIsNeverFinishedEndsTheConnection() {
        byte[] text = frame(TEXT, true, COMMIT.getBytes(StandardCharsets.UTF_8));
        for (int begun : new int[] {1, 2, 6, 10, text.length - 1}) {
            try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
                client.send(text);
                client.send(Arrays.copyOf(text, begun));
                client.advanceMillis(9_000);
                assertThat(client.channel.isOpen()).isTrue();
                client.advanceMillis(1_000);
                assertThat(client.takeFrames()).extracting(Frame::closeCode).containsExactly(1008);
                assertThat(client.channel.isOpen()).isFalse();
                assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit", "close NORMAL");
            }
        }
    }

    @Test
    void aFrameThatIsFinishedInTimeStopsTheClock() {
        byte[] text = frame(TEXT, true, COMMIT.getBytes(StandardCharsets.UTF_8));
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            for (int i = 0; i < 3; i++) {
                client.send(Arrays.copyOf(text, 7));
                client.advanceMillis(9_000);
                client.send(Arrays.copyOfRange(text, 7, text.length));
                assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit");
            }
            assertThat(client.channel.isOpen()).isTrue();
        }
    }

    @Test
    void aSilentClientIsPingedAndThenGone() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.advanceMillis(19_999);
            assertThat(client.takeFrames()).isEmpty();
            client.advanceMillis(1);
            assertThat(client.takeFrames()).containsExactly(new Frame(PING, "", 0));
            client.advanceMillis(20_000);
            assertThat(client.takeFrames()).containsExactly(new Frame(PING, "", 0));
            client.advanceMillis(9_999);
            assertThat(client.channel.isOpen()).isTrue();
            client.advanceMillis(1);
            assertThat(client.channel.isOpen()).isFalse();
            assertThat(client.session.takeCalls()).containsExactly("close NORMAL");
        }
    }

    @Test
    void anyFrameAnswersAPing() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            for (int i = 0; i < 20; i++) {
                client.advanceMillis(20_000);
                assertThat(client.takeFrames()).containsExactly(new Frame(PING, "", 0));
                client.send(i % 2 == 0 ? frame(PONG, true, NOTHING) : frame(TEXT, true, new byte[] {'x'}));
                client.takeFrames();
            }
            assertThat(client.channel.isOpen()).isTrue();
        }
    }

    @Test
    void timersReachTheSessionOnceAndCanBeMovedAndCancelled() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            long nowNanos = client.ticker.nanoTime();
            client.session.timers().set(Deadline.SESSION, nowNanos + 1_000_000_000L);
            client.session.timers().set(Deadline.RESPONSE, nowNanos + 1_000_000_000L);
            client.session.timers().set(Deadline.RESPONSE, nowNanos + 3_000_000_000L);
            client.advanceMillis(2_000);
            assertThat(client.session.takeCalls()).containsExactly("timer SESSION");
            client.advanceMillis(2_000);
            assertThat(client.session.takeCalls()).containsExactly("timer RESPONSE");
            client.session.timers().set(Deadline.RESPONSE, client.ticker.nanoTime() + 1);
            client.session.timers().cancel(Deadline.RESPONSE);
            client.advanceMillis(10_000);
            assertThat(client.session.takeCalls()).isEmpty();
        }
    }

    @Test
    void aFaultInATimerClosesWith1011() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.session.onTimer = () -> {
                throw new IllegalStateException("planted");
            };
            client.session.timers().set(Deadline.RESPONSE, client.ticker.nanoTime());
            client.advanceMillis(1);
            assertThat(client.takeFrames()).extracting(Frame::closeCode).containsExactly(1011);
            assertThat(client.session.takeCalls()).containsExactly("timer RESPONSE", "close INTERNAL_ERROR");
        }
    }

    @Test
    void whatOneReadCausesLeavesWithOneFlush() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            int[] flushes = {0};
            client.channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
                @Override
                public void flush(ChannelHandlerContext ctx) {
                    flushes[0]++;
                    ctx.flush();
                }
            });
            client.session.onCommand = () -> {
                for (int i = 0; i < 5; i++) client.session.outlet().send(new ServerEvent.InputAudioCleared());
            };
            client.sendText(COMMIT);
            assertThat(flushes[0]).isEqualTo(1);
            assertThat(client.takeFrames()).hasSize(5);

            // What an upstream causes: not between the start and the end of the client's own read loop.
            client.channel.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ReferenceCountUtil.release(message);
                    client.session.onCommand.run();
                    assertThat(flushes[0]).isEqualTo(1);
                }

                @Override
                public void channelReadComplete(ChannelHandlerContext ctx) {}
            });
            client.send(NOTHING);
            assertThat(flushes[0]).isEqualTo(2);
            assertThat(client.takeFrames()).hasSize(5);
        }
    }

    @Test
    void audioLeavesAsDeltas() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            ByteBuf pcm = client.channel.alloc().buffer().writeZero(4);
            client.session.outlet().sendAudio(new PartRef("resp_1", "item_1", 0, 0), pcm);
            assertThat(pcm.refCnt()).isZero();
            assertThat(client.takeFrames().get(0).text())
                    .startsWith("{\"type\":\"response.output_audio.delta\"")
                    .endsWith("\"delta\":\"AAAAAA==\"}");
        }
    }

    @Test
    void theSessionIsToldOfTheFirstAudioOfEachResponseOnTheSocket() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            for (String responseId : List.of("resp_1", "resp_1", "resp_2")) {
                ByteBuf pcm = client.channel.alloc().buffer().writeZero(4);
                client.session.outlet().sendAudio(new PartRef(responseId, "item_1", 0, 0), pcm);
            }
            client.channel.runPendingTasks();
            assertThat(client.session.takeCalls())
                    .containsExactly("first audio written of resp_1", "first audio written of resp_2");
            assertThat(client.takeFrames()).hasSize(3);
        }
    }

    @Test
    void theGatewaysOwnEndIsACloseOf1001() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.channel.pipeline().fireUserEventTriggered(CloseReason.GOING_AWAY);
            assertThat(client.session.takeCalls()).containsExactly("close GOING_AWAY");
        }
    }

    @Test
    void aFullSocketWantsNoAudioUntilItHasDrained() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.clog();
            assertThat(client.session.outlet().isWritable()).isTrue();
            sendAudio(client, 60_000);
            client.channel.runPendingTasks();
            assertThat(client.session.outlet().isWritable()).isFalse();
            client.advanceMillis(4_999);
            assertThat(client.session.takeCalls()).isEmpty();
            client.unclog();
            assertThat(client.session.takeCalls()).containsExactly("first audio written of resp_1", "writable");
            assertThat(client.session.outlet().isWritable()).isTrue();
            client.advanceMillis(5_000);
            assertThat(client.channel.isOpen()).isTrue();
            assertThat(client.takeFrames()).hasSize(1);
        }
    }

    @Test
    void whatIsFlushedIsToldOnceTheSocketHasTakenAllThatWasSentBefore() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            List<Long> flushedNanos = new ArrayList<>();
            client.clog();
            sendAudio(client, 100);
            client.session.outlet().onceFlushed(flushedNanos::add);
            client.channel.runPendingTasks();
            client.advanceMillis(7);
            assertThat(flushedNanos).isEmpty();
            client.unclog();
            assertThat(flushedNanos).containsExactly(client.ticker.nanoTime());
            assertThat(client.takeFrames()).hasSize(1);
        }
    }

    @Test
    void aFlushThatNeverHappensIsNotTold() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            List<Long> flushedNanos = new ArrayList<>();
            client.clog();
            client.session.outlet().onceFlushed(flushedNanos::add);
            client.channel.close().syncUninterruptibly();
            assertThat(flushedNanos).isEmpty();
        }
    }

    @Test
    void aClientThatDoesNotReadIsClosedWith1013() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.clog();
            sendAudio(client, 60_000);
            client.advanceMillis(5_000);
            assertThat(client.session.takeCalls()).containsExactly("close OVERLOADED");
            client.unclog();
            assertThat(client.takeFrames()).extracting(Frame::closeCode).containsExactly(0, 1013);
            assertThat(client.channel.isOpen()).isFalse();
        }
    }

    @Test
    void aClientThatTalksButDoesNotReadIsNotListenedTo() {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            client.clog();
            sendAudio(client, 60_000);
            client.sendText(COMMIT);
            assertThat(client.channel.config().isAutoRead())
                    .as("barge-in is still heard")
                    .isTrue();
            for (int i = 0; i < 2000 && client.channel.config().isAutoRead(); i++) client.sendText("{}");
            assertThat(client.channel.config().isAutoRead()).isFalse();
            client.unclog();
            assertThat(client.channel.config().isAutoRead()).isTrue();
        }
    }

    @Test
    void noiseNeverThrowsAndNeverLeaks() {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
                for (int i = 0; i < 20 && client.channel.isOpen(); i++) {
                    byte[] payload = new byte[random.nextInt(300)];
                    random.nextBytes(payload);
                    byte[] bytes = frame(random.nextInt(12), random.nextInt(4) > 0, payload);
                    if (random.nextInt(4) == 0) bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                    client.send(
                            Arrays.copyOf(bytes, random.nextInt(8) == 0 ? random.nextInt(bytes.length) : bytes.length));
                }
                assertThat(client.takeFrames().stream().filter(f -> f.opcode() == CLOSE))
                        .hasSizeLessThan(2);
            }
        }
    }

    private static void sendAudio(ClientOnAChannel client, int bytes) {
        client.session
                .outlet()
                .sendAudio(
                        new PartRef("resp_1", "item_1", 0, 0),
                        client.channel.alloc().buffer().writeZero(bytes));
    }

    private static void assertCloses(int code, byte[]... frames) {
        try (ClientOnAChannel client = ClientOnAChannel.upgraded()) {
            for (byte[] frame : frames) {
                if (client.channel.isOpen()) client.send(frame);
            }
            List<Frame> closes = client.takeFrames().stream()
                    .filter(f -> f.opcode() == CLOSE)
                    .toList();
            assertThat(closes).extracting(Frame::closeCode).containsExactly(code);
            assertThat(client.channel.isOpen()).isFalse();
            assertThat(client.session.takeCalls()).containsExactly("close NORMAL");
        }
    }
}
