package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
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
    private static final String STORE_PASSWORD = "changeit";

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
    private static Path authority;

    /** One authority, and three servers it vouches for. */
    @BeforeAll
    static void certificates() throws Exception {
        authority = folder.resolve("authority.pem");
        keytool("-genkeypair", "-alias", "authority", "-keyalg", "EC", "-dname", "CN=authority", "-ext", "bc:c");
        keytool("-exportcert", "-rfc", "-alias", "authority", "-file", authority.toString());
        ours = identity("ours", "san=dns:localhost,ip:127.0.0.1");
        another = identity("another", "san=dns:another.example");
        expired = identity("expired", "san=dns:localhost,ip:127.0.0.1", "-startdate", "-10d", "-validity", "2");
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

    /** A server that shows a certificate of its own, signed by the authority. */
    private static SSLContext identity(String name, String subjectAlternativeName, String... more) throws Exception {
        List<String> generate = new ArrayList<>(List.of("-genkeypair", "-alias", name, "-signer", "authority"));
        generate.addAll(List.of("-keyalg", "EC", "-dname", "CN=" + name, "-ext", subjectAlternativeName));
        generate.addAll(List.of(more));
        keytool(generate.toArray(String[]::new));

        char[] password = STORE_PASSWORD.toCharArray();
        KeyStore all = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store())) {
            all.load(in, password);
        }
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, password);
        own.setKeyEntry(name, all.getKey(name, password), password, all.getCertificateChain(name));
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(own, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static Path store() {
        return folder.resolve("keys.p12");
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", store().toString(), "-storepass", STORE_PASSWORD));
        Path log = folder.resolve("keytool.log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("keytool: " + Files.readString(log));
        }
    }
}
