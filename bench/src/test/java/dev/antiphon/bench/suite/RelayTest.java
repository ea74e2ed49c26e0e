package dev.antiphon.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The floor hands on every byte in order, and every end as an end, or its ratios mean nothing. */
@Timeout(60)
class RelayTest {
    /** More than both sockets and the relay's own buffer hold together. */
    private static final int MUCH = 24 << 20;

    @TempDir
    static Path folder;

    private final Children children = Children.stoppedAtExit();
    private Socket client = new Socket();
    private Socket model = new Socket();

    @BeforeAll
    static void compile() throws Exception {
        assumeTrue(Programs.find("cc").isPresent(), "there is no C compiler");
        assertThat(peers().prepare(Target.RELAY)).isTrue();
    }

    private static Peers peers() {
        return new Peers(folder, Path.of("no-such.jar"));
    }

    @BeforeEach
    void connect() throws Exception {
        try (ServerSocket listener = new ServerSocket()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            int port = Loopback.freePort();
            Contender relay = Contender.of(Target.RELAY, Jvm.own(), List.of());
            Launch launch = peers().launch(relay, port, listener.getLocalPort(), folder);
            Child process = children.start("relay", launch, folder.resolve("relay.log"));
            while (!isListening(port) && !process.endsWithin(10)) Thread.onSpinWait();
            listener.accept().close();
            client = new Socket(InetAddress.getLoopbackAddress(), port);
            model = listener.accept();
        }
    }

    private static boolean isListening(int port) {
        try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        model.close();
        children.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1_448, 65_536, 65_537, 200_000})
    void bytesArriveInOrderHoweverTheyAreSplit(int splitBytes) throws Exception {
        byte[] sent = noise(Math.min(splitBytes * 200, 2 << 20));
        CompletableFuture<Void> writing = inBackground(() -> {
            for (int from = 0; from < sent.length; from += splitBytes) {
                client.getOutputStream().write(sent, from, Math.min(splitBytes, sent.length - from));
            }
        });
        CompletableFuture<Void> echoing = inBackground(() -> {
            byte[] heard = model.getInputStream().readNBytes(sent.length);
            model.getOutputStream().write(heard);
        });

        assertThat(Arrays.equals(client.getInputStream().readNBytes(sent.length), sent))
                .isTrue();
        writing.join();
        echoing.join();
    }

    @Test
    void aReceiverThatReadsLateLosesNothing() throws Exception {
        byte[] sent = noise(MUCH);
        CompletableFuture<Void> writing =
                inBackground(() -> client.getOutputStream().write(sent));
        model.getOutputStream().write(1);
        assertThat(client.getInputStream().read()).isEqualTo(1);

        assertThat(Arrays.equals(model.getInputStream().readNBytes(MUCH), sent)).isTrue();
        writing.join();
    }

    @Test
    void theEndOfOneDirectionIsHandedOnAndTheOtherLivesOn() throws Exception {
        client.getOutputStream().write("ask".getBytes(StandardCharsets.US_ASCII));
        client.shutdownOutput();
        assertThat(model.getInputStream().readAllBytes()).asString().isEqualTo("ask");

        byte[] answer = noise(MUCH);
        CompletableFuture<Void> writing = inBackground(() -> {
            model.getOutputStream().write(answer);
            model.close();
        });
        assertThat(Arrays.equals(client.getInputStream().readAllBytes(), answer))
                .isTrue();
        writing.join();
    }

    @Test
    void whatWasSentBeforeBothEndsClosedStillArrives() throws Exception {
        model.shutdownOutput();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        byte[] last = noise(1 << 20);
        client.getOutputStream().write(last);
        client.close();

        assertThat(Arrays.equals(model.getInputStream().readAllBytes(), last)).isTrue();
    }

    @Test
    void aBrokenConnectionBreaksTheOther() throws Exception {
        model.setSoLinger(true, 0);
        model.close();

        assertThat(client.getInputStream().read()).isEqualTo(-1);
    }

    private static byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(bytes).nextBytes(noise);
        return noise;
    }

    private static CompletableFuture<Void> inBackground(Work work) {
        return CompletableFuture.runAsync(() -> {
            try {
                work.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Something that may fail. */
    private interface Work {
        void run() throws IOException;
    }
}
