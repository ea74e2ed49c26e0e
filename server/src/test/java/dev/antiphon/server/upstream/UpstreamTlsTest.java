package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.server.testing.ScriptedHttp2Upstream;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.server.testing.TestCertificates;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whom a call believes (F26), and that TLS has to be done within the connect deadline. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
final class UpstreamTlsTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    static Path folder;

    // Set once, before the first test.
    @SuppressWarnings("NullAway.Init")
    private static SSLContext ours;

    @SuppressWarnings("NullAway.Init")
    private static SSLContext another;

    @SuppressWarnings("NullAway.Init")
    private static SSLContext expired;

    @SuppressWarnings("NullAway.Init")
    private static KeyManagerFactory oursForHttp2;

    @SuppressWarnings("NullAway.Init")
    private static Path authority;

    /** One authority, and three servers it vouches for. */
    @BeforeAll
    static void certificates() throws Exception {
        TestCertificates certificates = new TestCertificates();
        authority = Files.writeString(folder.resolve("authority.pem"), certificates.pem());
        oursForHttp2 = certificates.ours();
        ours = context(oursForHttp2);
        another = context(certificates.another());
        expired = context(certificates.expired());
    }

    @Test
    void aTrustedServerOfTheRightNameAnswersAndIsKept() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.openTls(ours);
                LoopbackClient client = client(upstream, authority)) {
            RecordingInlet inlet = new RecordingInlet();
            client.start(inlet);
            Connection connection = upstream.accept();
            connection.readRequest();
            connection.answer("one");
            assertThat(inlet.next()).isEqualTo("text one");
            assertThat(inlet.next()).isEqualTo("completed");
            client.settle();
            client.start(inlet);
            connection.readRequest();
            connection.answer("two");
            assertThat(inlet.next()).isEqualTo("text two");
            assertThat(inlet.next()).isEqualTo("completed");
        }
    }

    @Test
    void firstUpstreamByteIsOfTheResponseNotOfTls() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.openTls(ours);
                LoopbackClient client = client(upstream, authority)) {
            RecordingInlet inlet = new RecordingInlet();
            client.start(inlet);
            Connection connection = upstream.accept();
            // By now the session tickets of TLS 1.3 have been sent.
            connection.readRequest();
            client.settle();
            inlet.assertNoStage();
            connection.answer("one");
            assertThat(inlet.nextWithStages()).isEqualTo("stage REQUEST_WRITTEN");
            assertThat(inlet.nextWithStages()).isEqualTo("stage FIRST_UPSTREAM_BYTE");
        }
    }

    @Test
    void cancelClosesTheSocketAtOnce() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.openTls(ours);
                LoopbackClient client = client(upstream, authority)) {
            RecordingInlet inlet = new RecordingInlet();
            UpstreamCalls.Call call = client.start(inlet).call();
            Connection connection = upstream.accept();
            connection.readRequest();
            client.run(call::cancel);
            assertThat(connection.isClosedByClient()).isTrue();
            client.settle();
            inlet.assertSilent();
        }
    }

    @Test
    void aTrustedServerOfAnotherNameIsRefused() throws Exception {
        assertRefused(another, authority);
    }

    @Test
    void anUnknownServerIsRefused() throws Exception {
        assertRefused(ours, null);
    }

    @Test
    void anExpiredCertificateIsRefused() throws Exception {
        assertRefused(expired, authority);
    }

    @Test
    void aServerThatOffersHttp2IsSpokenToInIt() throws Exception {
        try (ScriptedHttp2Upstream upstream = http2Upstream();
                LoopbackClient client = new LoopbackClient(
                        LoopbackClient.settings(upstream.baseUrl()).withTrustedCertificates(authority))) {
            RecordingInlet inlet = new RecordingInlet();
            client.start(inlet);
            ScriptedHttp2Upstream.Connection connection = upstream.accept();
            for (String word : List.of("one", "two")) {
                if (word.equals("two")) client.start(inlet);
                ScriptedHttp2Upstream.Exchange exchange = connection.next();
                assertThat(exchange.headers().scheme()).hasToString("https");
                exchange.answer(word);
                assertThat(inlet.next()).isEqualTo("text " + word);
                assertThat(inlet.next()).isEqualTo("completed");
            }
        }
    }

    @Test
    void whoInsistsOnHttp2IsNotAnsweredInAnotherProtocol() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.openTls(ours);
                LoopbackClient client = new LoopbackClient(LoopbackClient.settings(upstream.baseUrl())
                        .withTrustedCertificates(authority)
                        .withProtocol(UpstreamSettings.Protocol.HTTP2))) {
            RecordingInlet inlet = new RecordingInlet();
            client.start(inlet);
            Connection connection = upstream.accept();
            assertThatThrownBy(connection::readRequest).isInstanceOf(IOException.class);
            assertThat(inlet.next()).isEqualTo("fault UNREACHABLE 0");
        }
    }

    @Test
    void whoIsToldToSpeakHttp1OffersNothingElse() throws Exception {
        try (ScriptedHttp2Upstream upstream = http2Upstream();
                LoopbackClient client = new LoopbackClient(LoopbackClient.settings(upstream.baseUrl())
                        .withTrustedCertificates(authority)
                        .withProtocol(UpstreamSettings.Protocol.HTTP1))) {
            RecordingInlet inlet = new RecordingInlet();
            client.start(inlet);
            assertThat(upstream.accept().hasRequest()).isFalse();
            // A server that knows nothing but HTTP/2 hangs up on HTTP/1.1.
            assertThat(inlet.next()).startsWith("fault ");
        }
    }

    @Test
    void aServerThatNeverShakesHandsIsUnreachableInTime() throws Exception {
        try (ScriptedUpstream mute = ScriptedUpstream.open()) {
            String url = mute.baseUrl().replace("http:", "https:");
            UpstreamSettings settings = LoopbackClient.settings(url)
                    .withDeadlines(new UpstreamSettings.Deadlines(200, 30_000, 30_000, 30_000));
            try (LoopbackClient client = new LoopbackClient(settings)) {
                RecordingInlet inlet = new RecordingInlet();
                client.start(inlet);
                Connection connection = mute.accept();
                assertThat(inlet.next()).isEqualTo("fault UNREACHABLE 0 retryable");
                assertThat(inlet.fault().message()).endsWith("no connection in time");
                connection.readUntilClosed();
            }
        }
    }

    @Test
    void aServerThatAnswersTlsWithGarbageIsUnreachable() throws Exception {
        try (ScriptedUpstream garbage = ScriptedUpstream.open();
                LoopbackClient client = new LoopbackClient(
                        LoopbackClient.settings(garbage.baseUrl().replace("http:", "https:")))) {
            RecordingInlet inlet = new RecordingInlet();
            client.start(inlet);
            Connection connection = garbage.accept();
            connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
            assertThat(inlet.next()).isEqualTo("fault UNREACHABLE 0");
        }
    }

    @Test
    void aFileThatHoldsNoCertificatesStopsTheStart() throws Exception {
        Path empty = Files.createFile(folder.resolve("empty.pem"));
        MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            UpstreamSettings settings =
                    LoopbackClient.settings("https://localhost/v1").withTrustedCertificates(empty);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new UpstreamClient(loops, settings, NanoClock.SYSTEM))
                    .withMessageContaining("empty.pem");
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static void assertRefused(SSLContext server, @Nullable Path trusted) throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.openTls(server);
                LoopbackClient client = client(upstream, trusted)) {
            RecordingInlet inlet = new RecordingInlet();
            client.start(inlet);
            Connection connection = upstream.accept();
            assertThatThrownBy(connection::readRequest).isInstanceOf(IOException.class);
            assertThat(inlet.next()).isEqualTo("fault UNREACHABLE 0");
            assertThat(inlet.fault().message()).endsWith("TLS handshake failed");
            assertThat(upstream.hasConnection()).isFalse();
            inlet.assertSilent();
        }
    }

    private static LoopbackClient client(ScriptedUpstream upstream, @Nullable Path trusted) {
        UpstreamSettings settings = LoopbackClient.settings(upstream.baseUrl());
        return new LoopbackClient(trusted == null ? settings : settings.withTrustedCertificates(trusted));
    }

    private static SSLContext context(KeyManagerFactory identity) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(identity.getKeyManagers(), null, null);
        return context;
    }

    /** A server that speaks HTTP/2 with those that offer it. */
    private static ScriptedHttp2Upstream http2Upstream() throws SSLException {
        return ScriptedHttp2Upstream.openTls(SslContextBuilder.forServer(oursForHttp2)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2))
                .build());
    }
}
