package dev.antiphon.server.conformance;

import dev.antiphon.server.twin.Twin;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between the gateway and the twin, hands every byte on, and tells what it saw: how the gateway left a connection on
 * which an answer was being streamed. It can break connections, too.
 *
 * <p>Threading: thread-safe.
 */
final class UpstreamTap implements AutoCloseable {
    private static final String DONE = "[DONE]";
    private static final String SOUND = "\"data\":";

    private final ServerSocket listener;
    private final int twinPort;
    private final Queue<Wire> wires = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong downlinkBytes = new AtomicLong();
    private final CountDownLatch soundSeen = new CountDownLatch(1);
    private final CompletableFuture<Boolean> gatewayLeft = new CompletableFuture<>();

    UpstreamTap(Twin twin) {
        twinPort = twin.address().getPort();
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    String baseUrl() {
        return "http://127.0.0.1:" + listener.getLocalPort() + "/v1";
    }

    /** Waits for the first piece of sound. */
    void awaitSound() throws InterruptedException {
        if (!soundSeen.await(10, TimeUnit.SECONDS)) throw new AssertionError("the twin said nothing for 10 s");
    }

    /**
     * Waits until the gateway has left a connection whose answer had begun to sound.
     *
     * @return whether the twin had said all of it by then
     */
    boolean awaitGatewayLeaving() throws Exception {
        return gatewayLeft.get(3, TimeUnit.SECONDS);
    }

    /** Whether nothing has come from the twin since this was last asked. */
    boolean hasFallenSilent() {
        return downlinkBytes.getAndSet(0) == 0;
    }

    /** Breaks every connection that is open, as a network does. */
    void cut() throws IOException {
        for (Wire wire : wires) wire.cut();
        wires.clear();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket gateway = listener.accept();
                Wire wire = new Wire(gateway, new Socket(InetAddress.getLoopbackAddress(), twinPort));
                wires.add(wire);
                threads.execute(wire::uplink);
                threads.execute(wire::downlink);
            } catch (IOException closed) {
                return;
            }
        }
    }

    /** One connection of the gateway and the one it is handed on to. */
    private final class Wire {
        private final Socket gateway;
        private final Socket twin;
        private volatile boolean hasSound; // downlink thread; read by the uplink's
        private volatile boolean isDone; // downlink thread; read by the uplink's

        Wire(Socket gateway, Socket twin) {
            this.gateway = gateway;
            this.twin = twin;
        }

        void cut() throws IOException {
            twin.close();
            gateway.close();
        }

        void uplink() {
            try (gateway;
                    twin) {
                copy(gateway.getInputStream(), twin.getOutputStream(), false);
            } catch (IOException reset) {
                // A way to leave, too.
            }
            if (hasSound) gatewayLeft.complete(isDone);
        }

        void downlink() {
            try {
                copy(twin.getInputStream(), gateway.getOutputStream(), true);
            } catch (IOException closed) {
                // The uplink tells of it.
            }
        }

        private void copy(InputStream from, OutputStream to, boolean isDownlink) throws IOException {
            byte[] buffer = new byte[65_536];
            int tail = 0; // bytes of the last read that stand before the new ones, for words that were cut
            while (true) {
                int read = from.read(buffer, tail, buffer.length - tail);
                if (read < 0) return;
                if (isDownlink) {
                    downlinkBytes.addAndGet(read);
                    look(buffer, tail + read);
                }
                to.write(buffer, tail, read);
                int kept = Math.min(tail + read, DONE.length());
                System.arraycopy(buffer, tail + read - kept, buffer, 0, kept);
                tail = kept;
            }
        }

        private void look(byte[] bytes, int length) {
            String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
            if (text.contains(DONE)) isDone = true;
            if (!text.contains(SOUND)) return;
            hasSound = true;
            soundSeen.countDown();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        threads.shutdownNow();
    }
}
