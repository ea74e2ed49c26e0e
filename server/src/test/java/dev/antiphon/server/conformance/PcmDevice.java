package dev.antiphon.server.conformance;

import dev.antiphon.audio.AudioFormat;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A device that speaks {@code pcm.v1} with the JDK's own WebSocket: it sends audio and keeps what comes in its order.
 * Every wait is bounded.
 *
 * <p>Threading: confined to the test's thread; what comes is put down by the client's.
 */
final class PcmDevice implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;
    private static final int FRAME_MILLIS = 20;

    /** What came: text, audio, or a Close. */
    static final class Message {
        private final @Nullable Frame text; // null: audio, or a Close
        private final byte[] audio;
        private final int closeCode; // 0: not a Close

        private Message(@Nullable Frame text, byte[] audio, int closeCode) {
            this.text = text;
            this.audio = audio;
            this.closeCode = closeCode;
        }

        boolean isText(String type) {
            return text != null && text.type().equals(type);
        }

        boolean isAudio() {
            return text == null && closeCode == 0;
        }

        Frame json() {
            if (text == null) throw new AssertionError(this + " (expected: text)");
            return text;
        }

        byte[] audio() {
            return audio;
        }

        int closeCode() {
            return closeCode;
        }

        @Override
        public String toString() {
            if (text != null) return text.toString();
            return isAudio() ? audio.length + " bytes of audio" : "a Close of " + closeCode;
        }
    }

    private final WebSocket socket;
    private final BlockingQueue<Message> received = new LinkedBlockingQueue<>();

    /** @param url with the query */
    PcmDevice(URI url, String... subprotocols) {
        WebSocket.Builder builder = HttpClient.newHttpClient().newWebSocketBuilder();
        if (subprotocols.length > 0) {
            builder.subprotocols(
                    subprotocols[0],
                    List.of(subprotocols).subList(1, subprotocols.length).toArray(String[]::new));
        }
        socket = builder.buildAsync(url, new Listener()).join();
    }

    static URI url(URI realtimeUrl, String query) {
        return URI.create(realtimeUrl.toString().replace("/v1/realtime", "/v1/pcm") + query);
    }

    /** As the gateway chose it; empty: none. */
    String subprotocol() {
        return socket.getSubprotocol();
    }

    void send(String json) {
        socket.sendText(json, true).join();
    }

    /** In frames of 20 ms, as fast as they go. */
    void say(byte[] audio, AudioFormat format) {
        int frameBytes = (int) format.bytesOf(format.samplesInMillis(FRAME_MILLIS));
        for (int from = 0; from < audio.length; from += frameBytes) {
            socket.sendBinary(ByteBuffer.wrap(audio, from, Math.min(frameBytes, audio.length - from)), true)
                    .join();
        }
    }

    Message next() throws InterruptedException {
        Message message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (message == null) throw new AssertionError("nothing came for " + PATIENCE_SECONDS + " s");
        return message;
    }

    /** The next message that is text, which must be of this type; audio before it is passed over. */
    Frame expect(String type) throws InterruptedException {
        while (true) {
            Message message = next();
            if (message.isAudio()) continue;
            if (message.isText(type)) return message.json();
            throw new AssertionError(message + " (expected: " + type + ")");
        }
    }

    /** Everything as far as the next text of a type, which is the last. */
    List<Message> readUntil(String type) throws InterruptedException {
        List<Message> messages = new ArrayList<>();
        do messages.add(next());
        while (!messages.get(messages.size() - 1).isText(type));
        return messages;
    }

    /** A whole reply: its sound, and what its end says. */
    Reply reply() throws InterruptedException {
        Frame start = expect("reply");
        if (!start.text("state").equals("start")) throw new AssertionError(start + " (expected: a start)");
        ByteArrayOutputStream sound = new ByteArrayOutputStream();
        StringBuilder words = new StringBuilder();
        while (true) {
            Message message = next();
            if (message.isAudio()) sound.writeBytes(message.audio());
            else if (message.isText("text")) words.append(message.json().text("delta"));
            else return new Reply(start.text("item"), sound.toByteArray(), words.toString(), message.json());
        }
    }

    /** What was heard and read of one reply. */
    static final class Reply {
        private final String itemId;
        private final byte[] sound;
        private final String words;
        private final Frame last; // the text that ended it

        private Reply(String itemId, byte[] sound, String words, Frame last) {
            this.itemId = itemId;
            this.sound = sound;
            this.words = words;
            this.last = last;
        }

        String itemId() {
            return itemId;
        }

        byte[] sound() {
            return sound;
        }

        String words() {
            return words;
        }

        Frame last() {
            return last;
        }
    }

    @Override
    public void close() {
        socket.abort();
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream audio = new ByteArrayOutputStream();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean isLast) {
            text.append(data);
            if (isLast) {
                received.add(new Message(Frame.parse(text.toString()), new byte[0], 0));
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean isLast) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            audio.writeBytes(bytes);
            if (isLast) {
                received.add(new Message(null, audio.toByteArray(), 0));
                audio.reset();
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int statusCode, String reason) {
            received.add(new Message(null, new byte[0], statusCode));
            return null;
        }
    }
}
