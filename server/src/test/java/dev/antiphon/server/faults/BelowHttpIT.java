package dev.antiphon.server.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.conformance.SpokenAnswer;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Burst;
import dev.antiphon.server.twin.FaultPorts;
import dev.antiphon.server.upstream.UpstreamSettings.Deadlines;
import dev.antiphon.server.upstream.UpstreamSettings.Pooling;
import dev.antiphon.session.SessionLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of the network that no HTTP server can have: F1, F2, F24, F25 and F26. */
@Timeout(60)
class BelowHttpIT {
    private static final Deadlines DEADLINES = new Deadlines(500, 1_000, 1_000, 1_000);
    /** More than sockets and queues between the model and the client hold by themselves. */
    private static final int BURST_EVENTS = 1_200;

    private static final int PIECE_BYTES = 19_200;

    @Test
    void aClosedPortIsUnreachable() throws IOException { // F1
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        requireUnreachable("http://127.0.0.1:" + port + "/v1", "connection refused");
    }

    @Test
    void aConnectionThatIsResetAtOnceBringsNoAnswer() throws IOException { // F1
        try (FaultPorts ports = FaultPorts.open(0);
                Gateway gateway =
                        gateway("http://127.0.0.1:" + ports.resetting().getPort() + "/v1");
                FaultCaller caller = new FaultCaller(gateway, "gpt-realtime")) {
            for (int turn = 1; turn <= 2; turn++) {
                // It depends on the moment: as the connection is made, or as the request is written.
                assertThat(codeOf(caller.ask())).isIn("upstream_unreachable", "upstream_truncated");
            }
            caller.requireLiveSession();
            caller.requireNoSecrets();
        }
    }

    @Test
    void aServerThatDropsConnectionRequestsIsUnreachable() throws IOException { // F2
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> waiting = fill(full);
            requireUnreachable("http://127.0.0.1:" + full.getLocalPort() + "/v1", "no connection in time");
            for (Socket socket : waiting) socket.close();
        }
    }

    @Test
    void aServerThatIsMuteIsUnreachableByTls() throws IOException { // F2
        try (FaultPorts ports = FaultPorts.open(0)) {
            requireUnreachable("https://127.0.0.1:" + ports.mute().getPort() + "/v1", "no connection in time");
        }
    }

    @Test
    void aServerThatIsMuteDoesNotAnswer() throws IOException { // F4
        try (FaultPorts ports = FaultPorts.open(0);
                Gateway gateway = gateway("http://127.0.0.1:" + ports.mute().getPort() + "/v1");
                FaultCaller caller = new FaultCaller(gateway, "gpt-realtime")) {
            assertThat(codeOf(caller.ask())).isEqualTo("upstream_timeout");
            caller.requireLiveSession();
        }
    }

    @Test
    void aNameThatDoesNotExistIsUnreachable() throws IOException { // F25
        // Where no resolver answers at all, the deadline of the connection does.
        requireUnreachable("http://no-such-host.invalid/v1", "no ");
    }

    @Test
    void garbageInsteadOfTlsIsUnreachable() throws IOException { // F26
        try (FaultPorts ports = FaultPorts.open(0)) {
            requireUnreachable("https://127.0.0.1:" + ports.garblingTls().getPort() + "/v1", "TLS handshake failed");
        }
    }

    @Test
    void aModelFarFasterThanTheClientIsHeldBack() throws Exception { // F24
        byte[] pcm = new byte[PIECE_BYTES];
        String event = "{\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"data\":\""
                + Base64.getEncoder().encodeToString(pcm) + "\"}},\"finish_reason\":null}]}";
        byte[] answer = (ScriptedUpstream.chunk("data: " + event + "\n\n").repeat(BURST_EVENTS)
                        + ScriptedUpstream.chunk("data: " + ScriptedUpstream.finish() + "\n\ndata: [DONE]\n\n")
                        + "0\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        try (ScriptedUpstream upstream = ScriptedUpstream.open();
                Gateway gateway = FaultyModel.gatewayBefore(
                        upstream.baseUrl(), DEADLINES, SessionLimits.DEFAULT, new Pooling(1, 60_000, 0));
                FaultCaller caller = new FaultCaller(gateway, "gpt-realtime")) {
            caller.question(FaultCaller.QUESTION);
            ScriptedUpstream.Connection connection = upstream.accept();
            connection.readRequest();
            connection.sendStreamHead();
            Burst burst = connection.burst(answer);
            assertThat(burst.awaitStandstill()).isLessThan(answer.length / 2);

            SpokenAnswer spoken = caller.answer();
            burst.awaitEnd();
            assertThat(spoken.status()).isEqualTo("completed");
            assertThat(spoken.sound().bytes()).isEqualTo(BURST_EVENTS * PIECE_BYTES);
        }
    }

    private static void requireUnreachable(String baseUrl, String reason) throws IOException {
        try (Gateway gateway = gateway(baseUrl);
                FaultCaller caller = new FaultCaller(gateway, "gpt-realtime")) {
            for (int turn = 1; turn <= 2; turn++) {
                SpokenAnswer answer = caller.ask();
                assertThat(codeOf(answer)).isEqualTo("upstream_unreachable");
                assertThat(answer.done().text("response", "status_details", "error", "message"))
                        .startsWith("the model's server could not be reached: " + reason);
            }
            caller.requireLiveSession();
            caller.requireNoSecrets();
        }
    }

    private static String codeOf(SpokenAnswer answer) {
        assertThat(answer.status()).isEqualTo("failed");
        assertThat(answer.done().list("response", "output")).isEmpty();
        return answer.done().text("response", "status_details", "error", "code");
    }

    private static Gateway gateway(String baseUrl) {
        return FaultyModel.gatewayBefore(baseUrl, DEADLINES, SessionLimits.DEFAULT, Pooling.DEFAULT);
    }

    /** Connections that nobody accepts, until the system takes no more requests for one. */
    private static List<Socket> fill(ServerSocket server) throws IOException {
        List<Socket> waiting = new ArrayList<>();
        while (true) {
            Socket socket = new Socket();
            waiting.add(socket);
            try {
                socket.connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), 300);
            } catch (SocketTimeoutException full) {
                return waiting;
            }
            assertThat(waiting).as("connections that wait").hasSizeLessThan(64);
        }
    }
}
