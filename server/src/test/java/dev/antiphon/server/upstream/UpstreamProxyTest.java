package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.testing.ScriptedHttp2Upstream;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.server.testing.ScriptedUpstream.Request;
import dev.antiphon.server.testing.TestCertificates;
import dev.antiphon.testing.NoBufferLeaks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The way through a proxy: a tunnel it cannot look into, or no way at all. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
final class UpstreamProxyTest {
    private static final String TUNNELLED = ScriptedUpstream.head("HTTP/1.1 200 Connection established");

    private final RecordingInlet inlet = new RecordingInlet();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    static Path folder;

    @Test
    void theProxyIsAskedForTheServerByNameAndTheServerForTheRest() throws Exception {
        // One socket plays both: what follows the proxy's word is what the server would see.
        try (ScriptedUpstream proxy = ScriptedUpstream.open();
                LoopbackClient client = client("http://model.example:8080/v1", proxy, "user:pass@")) {
            client.start(inlet);
            Connection tunnel = proxy.accept();
            Request connect = tunnel.readRequest();
            assertThat(connect.line()).isEqualTo("CONNECT model.example:8080 HTTP/1.1");
            assertThat(connect.headers())
                    .containsEntry("host", "model.example:8080")
                    .containsEntry("proxy-authorization", "Basic dXNlcjpwYXNz");
            tunnel.send(TUNNELLED);
            Request request = tunnel.readRequest();
            assertThat(request.line()).isEqualTo("POST /v1/chat/completions HTTP/1.1");
            assertThat(request.headers()).doesNotContainKey("proxy-authorization");
            tunnel.answer("hi");
            assertCompletedWith("hi");

            client.settle();
            client.start(inlet);
            assertThat(tunnel.readRequest().line()).startsWith("POST ");
            tunnel.answer("again");
            assertCompletedWith("again");
        }
    }

    @Test
    void withoutAUserNothingIsProved() throws Exception {
        try (ScriptedUpstream proxy = ScriptedUpstream.open();
                LoopbackClient client = client("http://model.example/v1", proxy, "")) {
            client.start(inlet);
            Connection tunnel = proxy.accept();
            Request connect = tunnel.readRequest();
            assertThat(connect.line()).isEqualTo("CONNECT model.example:80 HTTP/1.1");
            assertThat(connect.headers()).doesNotContainKey("proxy-authorization");
            tunnel.close();
            assertThat(inlet.next()).isEqualTo("fault UNREACHABLE 0 retryable");
        }
    }

    @Test
    void aProxyThatRefusesIsNoWayToTheServer() throws Exception {
        try (ScriptedUpstream proxy = ScriptedUpstream.open();
                LoopbackClient client = client("http://model.example/v1", proxy, "user:canary@")) {
            client.start(inlet);
            Connection tunnel = proxy.accept();
            tunnel.readRequest();
            tunnel.send(ScriptedUpstream.head("HTTP/1.1 407 Who are you", "Content-Length: 0"));
            assertThat(inlet.next()).isEqualTo("fault UNREACHABLE 0 retryable");
            assertThat(inlet.fault().message())
                    .isEqualTo("the model's server could not be reached: no way through the proxy");
            assertThat(tunnel.isClosedByClient()).isTrue();
        }
    }

    @Test
    void insideTheTunnelTheServersNameIsChecked() throws Exception {
        TestCertificates certificates = new TestCertificates();
        Path trusted = Files.writeString(folder.resolve("authority.pem"), certificates.pem());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(certificates.ours().getKeyManagers(), null, null);
        try (ScriptedUpstream server = ScriptedUpstream.openTls(tls);
                TunnelProxy proxy = new TunnelProxy(server.port())) {
            try (LoopbackClient client = tlsClient("localhost", proxy, trusted)) {
                client.start(inlet);
                Connection connection = server.accept();
                connection.readRequest();
                connection.answer("hi");
                assertCompletedWith("hi");
            }
            // The same server, by a name that its certificate does not have.
            try (LoopbackClient client = tlsClient("model.example", proxy, trusted)) {
                client.start(inlet);
                Connection connection = server.accept();
                assertThat(connection.isClosedByClient()).isTrue();
                assertThat(inlet.next()).isEqualTo("fault UNREACHABLE 0");
            }
        }
    }

    @Test
    void http2RidesThroughTheTunnel() throws Exception {
        try (ScriptedHttp2Upstream server = ScriptedHttp2Upstream.open();
                TunnelProxy proxy = new TunnelProxy(server.port());
                LoopbackClient client = new LoopbackClient(LoopbackClient.settings("http://model.example/v1")
                        .withProtocol(UpstreamSettings.Protocol.HTTP2)
                        .withProxies(proxies(proxy.port(), "")))) {
            client.start(inlet);
            server.accept().next().answer("hi");
            assertCompletedWith("hi");
        }
    }

    private static LoopbackClient client(String url, ScriptedUpstream proxy, String user) {
        return new LoopbackClient(LoopbackClient.settings(url).withProxies(proxies(proxy.port(), user)));
    }

    private static LoopbackClient tlsClient(String host, TunnelProxy proxy, Path trusted) {
        return new LoopbackClient(LoopbackClient.settings("https://" + host + "/v1")
                .withTrustedCertificates(trusted)
                .withProxies(proxies(proxy.port(), "")));
    }

    private static ProxySettings proxies(int port, String user) {
        return ProxySettings.fromEnvironment(Map.of("ALL_PROXY", "http://" + user + "127.0.0.1:" + port));
    }

    private void assertCompletedWith(String text) throws InterruptedException {
        assertThat(inlet.next()).isEqualTo("text " + text);
        assertThat(inlet.next()).isEqualTo("completed");
    }
}
