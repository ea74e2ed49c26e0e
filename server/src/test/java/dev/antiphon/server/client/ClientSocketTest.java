package dev.antiphon.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.time.NanoClock;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What only a real socket shows: that a last word arrives although the client has been saying things nobody reads. */
@ExtendWith(NoBufferLeaks.class)
class ClientSocketTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ScriptedSession session = new ScriptedSession();
    private int port;

    @BeforeEach
    void bind() {
        Channel server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ClientChannelInitializer(
                        ClientLimits.DEFAULT, Admission.OPEN, session, HttpRoutes.NONE, NanoClock.SYSTEM))
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        port = ((InetSocketAddress) server.localAddress()).getPort();
    }

    @AfterEach
    void shutDown() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void aConversationWithTheJdksClient() throws InterruptedException {
        session.onOpen = () -> session.outlet().send(new ServerEvent.InputAudioCleared());
        session.onCommand = () -> session.outlet().close(CloseReason.OVERLOADED);
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        WebSocket client = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .subprotocols("realtime", "openai-insecure-api-key.sk-1")
                .buildAsync(URI.create("ws://127.0.0.1:" + port + "/v1/realtime?model=m"), new RecordingListener(heard))
                .join();
        assertThat(client.getSubprotocol()).isEqualTo("realtime");
        assertThat(heard.poll(5, TimeUnit.SECONDS)).contains("input_audio_buffer.cleared");
        client.sendText("{}", true).join();
        assertThat(heard.poll(5, TimeUnit.SECONDS)).contains("The 'type' field is missing.");
        client.sendText("{\"type\":\"input_audio_buffer.commit\"}", true).join();
        assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("close 1013 The gateway is overloaded.");
        assertThat(session.takeCalls()).containsExactly("new m", "open", "fault invalid_event", "InputAudioCommit");
    }

    @Test
    void aRefusalArrivesThoughTheBodyIsNotRead() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5_000);
            byte[] head = "POST /v1/realtime HTTP/1.1\r\nHost: g\r\nContent-Length: 500000\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(head);
            socket.getOutputStream().write(new byte[500_000]);
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 405 ").endsWith("}}");
        }
    }

    @Test
    void aConnectionThatStaysAfterTheLastWordIsCut() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: g\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
            long begunNanos = System.nanoTime();
            boolean isCut = false;
            while (!isCut && System.nanoTime() - begunNanos < TimeUnit.SECONDS.toNanos(5)) {
                try {
                    socket.getOutputStream().write(new byte[8192]);
                } catch (IOException e) {
                    isCut = true;
                }
            }
            assertThat(isCut).isTrue();
        }
    }

    private static final class RecordingListener implements WebSocket.Listener {
        private final BlockingQueue<String> heard;

        RecordingListener(BlockingQueue<String> heard) {
            this.heard = heard;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            heard.add(data.toString());
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            heard.add("close " + code + " " + reason);
            return null;
        }
    }
}
