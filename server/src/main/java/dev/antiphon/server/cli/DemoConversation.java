package dev.antiphon.server.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.playout.PlayoutClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The conversation of the demo: a spoken question and its answer; a long answer that is spoken into; and what the model
 * knows of it afterwards.
 *
 * <p>Threading: confined to its caller.
 */
final class DemoConversation {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** How much of the long answer is listened to before it is spoken into. */
    private static final long LISTEN_NANOS = TimeUnit.MILLISECONDS.toNanos(2_000);

    private final RealtimeClient client;
    private final Microphone microphone;
    private final Turns turns;
    private final PrintWriter console;

    DemoConversation(RealtimeClient client, Microphone microphone, Turns turns, PrintWriter console) {
        this.client = client;
        this.microphone = microphone;
        this.turns = turns;
        this.console = console;
    }

    void hold(AudioClip question, AudioClip interruption, Path answerFile) throws IOException, InterruptedException {
        await("session.created");
        microphone.open();
        askAloud(question, answerFile);
        speakInto(question, interruption);
        askWhatWasHeard();
    }

    private void askAloud(AudioClip question, Path answerFile) throws IOException, InterruptedException {
        say("Turn 1: a spoken question of " + seconds(question.samples())
                + ", in frames of 20 ms at the pace of speech");
        CompletableFuture<Long> spoken = microphone.say(question);
        SpokenAnswer answer = new SpokenAnswer();
        while (!answer.add(next().message())) {}
        if (!spoken.isDone()) throw new IOException("the answer came before the question had been asked");
        requireCompleted(answer);
        Speech.write(answerFile, answer.clip());
        say("  answer: \"" + answer.words() + "\"");
        say("  " + seconds(answer.clip().samples()) + " of speech, written to " + answerFile);
        Receipt.print(turns.next(), console);
    }

    private void speakInto(AudioClip question, AudioClip interruption) throws IOException, InterruptedException {
        say("");
        say("Turn 2: a long answer, spoken into after " + TimeUnit.NANOSECONDS.toSeconds(LISTEN_NANOS) + " s");
        updateSession("speak for 12 seconds", false);
        await("session.updated");
        CompletableFuture<Long> spoken = microphone.say(question);
        await("input_audio_buffer.committed");
        if (!spoken.isDone()) throw new IOException("the turn ended before the question had been asked");
        client.send("response.create");
        PlayoutClock player = new PlayoutClock(FORMAT);
        SpokenAnswer answer = new SpokenAnswer();
        CompletableFuture<Long> interrupting = null;
        long firstSoundNanos = 0;
        while (true) {
            RealtimeClient.Arrival arrival = interrupting == null && answer.hasSound()
                    ? client.nextBefore(firstSoundNanos + LISTEN_NANOS)
                    : next();
            if (arrival == null) {
                interrupting = microphone.say(interruption);
                continue;
            }
            if (arrival.message().type().equals("input_audio_buffer.speech_started") && interrupting != null) {
                report(answer, player, arrival.atNanos());
                break;
            }
            long before = answer.hasSound() ? answer.clip().samples() : 0;
            answer.add(arrival.message());
            if (!answer.hasSound()) continue;
            if (before == 0) firstSoundNanos = arrival.atNanos();
            player.onSent(answer.clip().samples() - before, arrival.atNanos());
        }
        await("conversation.item.truncated");
        Receipt.print(turns.next(), console);
    }

    /** The player stops, and tells the gateway how far it came. */
    private void report(SpokenAnswer answer, PlayoutClock player, long nowNanos) {
        long received = answer.clip().samples();
        long heard = received - player.unplayedSamples(nowNanos);
        say("  interrupted: " + seconds(received) + " received, " + seconds(heard) + " heard");
        client.send("conversation.item.truncate", json -> {
            json.writeStringField("item_id", answer.itemId());
            json.writeNumberField("content_index", 0);
            json.writeNumberField("audio_end_ms", FORMAT.millisOf(heard));
        });
    }

    private void askWhatWasHeard() throws IOException, InterruptedException {
        await("input_audio_buffer.committed");
        updateSession("", false);
        client.send("conversation.item.create", json -> AskCommand.writeText(json, "What did you say?"));
        client.send("response.create");
        SpokenAnswer answer = new SpokenAnswer();
        while (!answer.add(next().message())) {}
        requireCompleted(answer);
        say("  asked what it said, the model knows: \"" + answer.words() + "\"");
    }

    private void updateSession(String instructions, boolean createResponse) {
        client.send("session.update", json -> writeSession(json, instructions, createResponse));
    }

    private static void writeSession(JsonGenerator json, String instructions, boolean createResponse)
            throws IOException {
        json.writeObjectFieldStart("session");
        json.writeStringField("type", "realtime");
        json.writeStringField("instructions", instructions);
        json.writeObjectFieldStart("audio");
        json.writeObjectFieldStart("input");
        json.writeObjectFieldStart("turn_detection");
        json.writeStringField("type", "server_vad");
        json.writeBooleanField("create_response", createResponse);
        json.writeBooleanField("interrupt_response", true);
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void requireCompleted(SpokenAnswer answer) throws IOException {
        if (!answer.status().equals("completed")) {
            throw new IOException("the answer is " + answer.status() + ": " + answer.error());
        }
        if (!answer.hasSound()) throw new IOException("the answer has no sound");
    }

    private void await(String type) throws IOException, InterruptedException {
        while (!next().message().type().equals(type)) {}
    }

    private RealtimeClient.Arrival next() throws IOException, InterruptedException {
        return withoutError(client.next(PATIENCE));
    }

    private static RealtimeClient.Arrival withoutError(RealtimeClient.Arrival arrival) throws IOException {
        if (arrival.message().type().equals("error")) {
            throw new IOException("the gateway says: " + arrival.message().text("error.message"));
        }
        return arrival;
    }

    private void say(String line) {
        console.println(line);
        console.flush();
    }

    private static String seconds(long samples) {
        return String.format(Locale.ROOT, "%.2f s", samples / (double) FORMAT.sampleRateHz());
    }
}
