package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.realtime.Dialect;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.session.TurnObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The sixteen rules that serve every known client of the Realtime protocol, one test each, on a socket: what some client
 * breaks on when it is missing.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealtimeRulesIT {
    private static final String BETA_HEADER = "OpenAI-Beta: realtime=v1";
    private static final String ADDED = "conversation.item.added";
    private static final String DONE = "conversation.item.done";
    private static final String CREATED = "conversation.item.created";
    private static final String DELTAS = "deltas";

    private final List<PlainSocketClient> clients = new ArrayList<>();
    private Gateway gateway;

    @BeforeAll
    void start() {
        gateway = Gateway.start(GatewayConfig.embedded(), TurnObserver.NONE);
    }

    @AfterAll
    void stop() {
        gateway.close();
    }

    @AfterEach
    void hangUp() throws IOException {
        for (PlainSocketClient client : clients) client.close();
        clients.clear();
    }

    @Test
    @Rule(
            number = 1,
            value = "`session.created` comes at once, whole, with explicit nulls; "
                    + "`interrupt_response` says what will happen")
    void theSessionIsToldAtOnceWholeAndTruthfully() throws IOException {
        PlainSocketClient client = connect(Dialect.GA);
        Frame created = client.next(); // nothing was asked
        assertThat(created.type()).isEqualTo("session.created");
        requireKeys(
                created,
                "type object id model output_modalities instructions tools tool_choice max_output_tokens "
                        + "tracing prompt expires_at audio include",
                "session");
        requireKeys(created, "format transcription noise_reduction turn_detection", "session", "audio", "input");
        requireKeys(created, "format voice speed", "session", "audio", "output");
        requireKeys(
                created,
                "type threshold prefix_padding_ms silence_duration_ms idle_timeout_ms create_response "
                        + "interrupt_response",
                "session",
                "audio",
                "input",
                "turn_detection");
        assertThat(created.at("session", "tracing")).isNull();
        assertThat(created.at("session", "audio", "input", "transcription")).isNull();

        for (boolean interrupts : new boolean[] {true, false}) {
            client.send(update("{\"type\":\"server_vad\",\"silence_duration_ms\":500,\"create_response\":false,"
                    + "\"interrupt_response\":" + interrupts + "}"));
            Frame updated = client.await("session.updated");
            assertThat(updated.at("session", "audio", "input", "turn_detection", "interrupt_response"))
                    .isEqualTo(interrupts);
            client.write("speak for " + (interrupts ? 20 : 12) + " seconds");
            client.askForResponse();
            client.await("response.output_audio.delta");
            speak(client, "Please stop talking now.");
            client.await("input_audio_buffer.speech_started");
            Frame done = client.await("response.done");
            assertThat(done.text("response", "status")).isEqualTo(interrupts ? "cancelled" : "completed");
            pause(client);
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @Rule(number = 2, value = "`session.updated` answers every accepted `session.update`, also an empty one")
    void everyAcceptedUpdateIsAnsweredAlsoAnEmptyOne(Dialect dialect) throws IOException {
        PlainSocketClient client = connect(dialect);
        Object session = client.next().at("session");
        String empty = dialect == Dialect.GA ? "{\"type\":\"realtime\"}" : "{}";
        String words = dialect == Dialect.GA
                ? "{\"type\":\"realtime\",\"instructions\":\"Be brief.\"}"
                : "{\"instructions\":\"Be brief.\"}";
        client.send("{\"type\":\"session.update\",\"session\":" + empty + "}");
        Frame unchanged = client.next();
        assertThat(unchanged.type()).isEqualTo("session.updated");
        assertThat(unchanged.at("session")).isEqualTo(session);
        for (int time = 1; time <= 2; time++) {
            client.send("{\"type\":\"session.update\",\"session\":" + words + "}");
            Frame updated = client.next();
            assertThat(updated.type()).isEqualTo("session.updated");
            assertThat(updated.text("session", "instructions")).isEqualTo("Be brief.");
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @Rule(
            number = 3,
            value = "GA: `conversation.item.added` and `.done` for every item, input and output; "
                    + "beta: `conversation.item.created` alone")
    void everyItemIsAddedAndDoneAndInTheBetaCreated(Dialect dialect) throws IOException {
        PlainSocketClient client = connectForPushToTalk(dialect);
        client.write("say: One word.");
        client.append(TestSpeech.pcm("Hello there."));
        client.send("{\"type\":\"input_audio_buffer.commit\"}");
        client.askForResponse();
        List<Frame> frames = client.readUntil("response.done");
        frames.addAll(rest(client));

        List<String> ids = frames.stream()
                .filter(frame -> frame.type().startsWith("conversation.item."))
                .map(Frame::itemId)
                .distinct()
                .toList();
        assertThat(ids).as("the written, the spoken and the answer").hasSize(3);
        for (String id : ids) {
            assertThat(typesOf(frames.stream()
                            .filter(frame -> frame.type().startsWith("conversation.")
                                    && frame.itemId().equals(id))
                            .toList()))
                    .isEqualTo(dialect == Dialect.GA ? List.of(ADDED, DONE) : List.of(CREATED));
        }
    }

    @Test
    @Rule(number = 4, value = "`previous_item_id` is right, and null for the first item")
    void previousItemIdNamesTheItemBefore() throws IOException {
        PlainSocketClient client = connectForPushToTalk(Dialect.GA);
        createItem(client, "a", null);
        createItem(client, "b", null);
        createItem(client, "first", "root");
        createItem(client, "c", "a");
        client.append(TestSpeech.pcm("Hello there."));
        client.send("{\"type\":\"input_audio_buffer.commit\"}");
        client.askForResponse();
        List<Frame> frames = client.readUntil("response.done");

        Frame committed = only(frames, "input_audio_buffer.committed");
        String spoken = committed.itemId();
        String answer = only(frames, "response.output_item.added").itemId();
        assertThat(committed.text("previous_item_id")).isEqualTo("b");
        for (String type : List.of(ADDED, DONE)) {
            List<String> places = frames.stream()
                    .filter(frame -> frame.type().equals(type) && frame.has("previous_item_id"))
                    .map(frame -> frame.itemId() + " after " + frame.at("previous_item_id"))
                    .toList();
            assertThat(places)
                    .containsExactly(
                            "a after null",
                            "b after a",
                            "first after null",
                            "c after a",
                            spoken + " after b",
                            answer + " after " + spoken);
        }
    }

    @Test
    @Rule(
            number = 5,
            value = "an answer opens (`output_item.added`, `item.added`, `content_part.added`), brings its deltas, and "
                    + "closes all it opened before `response.done`, also when it is cancelled")
    void anAnswerOpensAndClosesInOrderAlsoWhenCancelled() throws IOException {
        PlainSocketClient client = connectForPushToTalk(Dialect.GA);
        client.write("say: One word.");
        client.askForResponse();
        List<Frame> whole = client.readUntil("response.done");
        client.write("speak for 20 seconds");
        client.askForResponse();
        List<Frame> cut = client.readUntil("response.output_audio.delta");
        client.send("{\"type\":\"response.cancel\"}");
        cut.addAll(client.readUntil("response.done"));

        requireSpokenSteps(whole, "completed", "completed");
        requireSpokenSteps(cut, "cancelled", "incomplete");
        assertThat(only(cut, "response.output_item.done").text("item", "content", 0, "transcript"))
                .isEqualTo(joined(cut, "response.output_audio_transcript.delta", "delta"));
    }

    private static void requireSpokenSteps(List<Frame> frames, String status, String itemStatus) {
        assertThat(stepsOf(frames))
                .containsExactly(
                        "response.created",
                        "response.output_item.added",
                        ADDED,
                        "response.content_part.added",
                        DELTAS,
                        "response.output_audio.done",
                        "response.output_audio_transcript.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        DONE,
                        "response.done");
        assertThat(only(frames, "response.output_item.added").text("item", "status"))
                .isEqualTo("in_progress");
        assertThat(only(frames, "response.output_item.done").text("item", "status"))
                .isEqualTo(itemStatus);
        assertThat(only(frames, "response.done").text("response", "status")).isEqualTo(status);
    }

    @Test
    @Rule(
            number = 6,
            value = "`response.done` comes always, once for each `response.created`, with a complete `usage` and its "
                    + "`output`")
    void everyResponseIsDoneOnceWithUsageAndOutput() throws IOException {
        PlainSocketClient client = connectForPushToTalk(Dialect.GA);
        client.write("speak for 20 seconds");
        client.send("{\"type\":\"response.create\",\"response\":{\"conversation\":\"none\",\"input\":[],"
                + "\"instructions\":\"say: Beside.\"}}");
        client.askForResponse();
        List<Frame> frames = client.readUntil("response.output_audio.delta");
        client.send("{\"type\":\"response.cancel\"}");
        while (frames.stream()
                        .filter(frame -> frame.type().equals("response.done"))
                        .count()
                < 2) {
            frames.addAll(client.readUntil("response.done"));
        }
        client.askForResponse();
        client.send("{\"type\":\"response.cancel\"}"); // before there is any output
        frames.addAll(client.readUntil("response.done"));
        frames.addAll(rest(client));
        requireDoneOnce(frames, 3);

        PlainSocketClient unlucky = connect(Dialect.GA, "fault:500");
        unlucky.write("Who are you?");
        unlucky.askForResponse();
        List<Frame> failed = unlucky.readUntil("response.done");
        failed.addAll(rest(unlucky));
        requireDoneOnce(failed, 1);

        try (ScriptedUpstream upstream = ScriptedUpstream.open();
                Gateway scripted = gatewayOf(upstream);
                PlainSocketClient asking = PlainSocketClient.unordered(scripted.realtimeUrl(), "m")) {
            asking.askForResponse();
            ScriptedUpstream.Connection connection = upstream.accept();
            connection.readRequest();
            connection.answer("Without a bill"); // no usage
            List<Frame> free = asking.readUntil("response.done");
            requireDoneOnce(free, 1);
        }
    }

    private static void requireDoneOnce(List<Frame> frames, int responses) {
        List<String> created = responsesOf(frames, "response.created");
        assertThat(created).doesNotHaveDuplicates().hasSize(responses);
        assertThat(responsesOf(frames, "response.done")).containsExactlyInAnyOrderElementsOf(created);
        for (Frame done : all(frames, "response.done")) {
            for (String key : List.of("total_tokens", "input_tokens", "output_tokens")) {
                done.integer("response", "usage", key);
            }
            for (String key : List.of("text_tokens", "audio_tokens", "image_tokens", "cached_tokens")) {
                done.integer("response", "usage", "input_token_details", key);
            }
            for (String key : List.of("text_tokens", "audio_tokens")) {
                done.integer("response", "usage", "output_token_details", key);
            }
            String id = done.text("response", "id");
            assertThat(done.list("response", "output"))
                    .isEqualTo(all(frames, "response.output_item.done").stream()
                            .filter(item -> item.text("response_id").equals(id))
                            .map(item -> item.at("item"))
                            .toList());
        }
    }

    private static List<String> responsesOf(List<Frame> frames, String type) {
        return all(frames, type).stream()
                .map(frame -> frame.text("response", "id"))
                .toList();
    }

    @Test
    @Rule(number = 7, value = "`metadata` is echoed in `response.created` and `response.done`")
    void metadataIsEchoedAtBothEnds() throws IOException {
        PlainSocketClient client = connectForPushToTalk(Dialect.GA);
        for (String conversation : List.of("auto", "none")) {
            client.send("{\"type\":\"response.create\",\"response\":{\"conversation\":\"" + conversation
                    + "\",\"instructions\":\"say: One word.\",\"metadata\":{\"topic\":\"" + conversation
                    + "\",\"empty\":\"\"}}}");
            List<Frame> frames = client.readUntil("response.done");
            for (String type : List.of("response.created", "response.done")) {
                assertThat(only(frames, type).at("response", "metadata"))
                        .as(type)
                        .isEqualTo(Map.of("topic", conversation, "empty", ""));
            }
        }
    }

    @Test
    @Rule(
            number = 8,
            value = "a call's `arguments` come as one delta or more and whole, with `name` and `call_id`; empty "
                    + "arguments become `{}`, in the delta too")
    void argumentsComeInPiecesAndWholeAndAreNeverEmpty() throws IOException {
        String tool =
                "{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"tools\":[{\"type\":\"function\","
                        + "\"name\":\"hang_up\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}]}}";
        try (ScriptedUpstream upstream = ScriptedUpstream.open();
                Gateway scripted = gatewayOf(upstream);
                PlainSocketClient client = PlainSocketClient.unordered(scripted.realtimeUrl(), "m")) {
            client.send(tool);
            ScriptedUpstream.Connection connection = null;
            for (String arguments : List.of("", "{\\\"when\\\":\\\"now\\\"}")) {
                client.askForResponse();
                if (connection == null) connection = upstream.accept();
                connection.readRequest();
                connection.sendStreamHead();
                connection.sendEvent(callDelta("\"id\":\"call_1\",\"type\":\"function\",", "\"name\":\"hang_up\","));
                if (!arguments.isEmpty()) {
                    connection.sendEvent(callDelta("", "\"arguments\":\"" + arguments.substring(0, 5) + "\","));
                    connection.sendEvent(callDelta("", "\"arguments\":\"" + arguments.substring(5) + "\","));
                }
                connection.sendDone();
                List<Frame> frames = client.readUntil("response.done");

                String expected = arguments.isEmpty() ? "{}" : "{\"when\":\"now\"}";
                Frame done = only(frames, "response.function_call_arguments.done");
                assertThat(done.text("arguments")).isEqualTo(expected);
                assertThat(done.text("name")).isEqualTo("hang_up");
                assertThat(done.text("call_id")).isEqualTo("call_1");
                assertThat(joined(frames, "response.function_call_arguments.delta", "delta"))
                        .isEqualTo(expected);
                assertThat(only(frames, "response.output_item.done").text("item", "arguments"))
                        .isEqualTo(expected);
            }
        }
    }

    private static String callDelta(String identity, String function) {
        return "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0," + identity + "\"function\":{"
                + function.substring(0, function.length() - 1) + "}}]},\"finish_reason\":null}]}";
    }

    @Test
    @Rule(number = 9, value = "`error.event_id` names the client's event whenever that had an `event_id`")
    void anErrorNamesTheEventThatCausedIt() throws IOException {
        PlainSocketClient client = connectForPushToTalk(Dialect.GA);
        List<String> faulty = List.of(
                "\"type\":\"no.such.event\"",
                "\"typ\":\"session.update\"",
                "\"type\":7",
                "\"type\":\"session.update\"",
                "\"type\":\"session.update\",\"session\":{}",
                "\"type\":\"session.update\",\"session\":{\"type\":\"realtime\"},", // not JSON
                "\"type\":\"input_audio_buffer.append\"",
                "\"type\":\"input_audio_buffer.append\",\"audio\":\"?\"",
                "\"type\":\"input_audio_buffer.commit\"",
                "\"type\":\"conversation.item.create\"",
                "\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call_output\",\"call_id\":\"no\","
                        + "\"output\":\"\"}",
                "\"type\":\"conversation.item.retrieve\",\"item_id\":\"no\"",
                "\"type\":\"conversation.item.delete\",\"item_id\":\"no\"",
                "\"type\":\"conversation.item.truncate\",\"item_id\":\"no\",\"content_index\":0,\"audio_end_ms\":1",
                "\"type\":\"response.create\",\"response\":{\"conversation\":\"no\"}",
                "\"type\":\"response.cancel\"");
        for (int i = 0; i < faulty.size(); i++) {
            client.send("{\"event_id\":\"mine_" + i + "\"," + faulty.get(i) + "}");
            Frame error = client.next();
            assertThat(error.type()).as(faulty.get(i)).isEqualTo("error");
            assertThat(error.text("error", "event_id")).as(faulty.get(i)).isEqualTo("mine_" + i);
            client.send("{" + faulty.get(i) + "}");
            Frame nameless = client.next();
            assertThat(nameless.type()).as(faulty.get(i)).isEqualTo("error");
            assertThat(nameless.at("error", "event_id")).as(faulty.get(i)).isNull();
        }
    }

    @Test
    @Rule(
            number = 10,
            value = "sound is cut between samples and far below 1 MiB a frame; none follows the `speech_started` that "
                    + "cancelled it")
    void soundIsCutBetweenSamplesInSmallFramesAndEndsWhereTheCallerSpeaks() throws IOException {
        byte[] spoken = new byte[12 * 48_000];
        new Random(10).nextBytes(spoken);
        try (ScriptedUpstream upstream = ScriptedUpstream.open();
                Gateway scripted = gatewayOf(upstream);
                PlainSocketClient client = PlainSocketClient.unordered(scripted.realtimeUrl(), "m")) {
            client.askForResponse();
            ScriptedUpstream.Connection connection = upstream.accept();
            connection.readRequest();
            connection.sendStreamHead();
            int from = 0;
            for (int length : new int[] {1, 3, 999, 40_001, 300_000, spoken.length}) {
                int to = Math.min(spoken.length, from + length);
                connection.sendEvent("{\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"data\":\""
                        + Base64.getEncoder().encodeToString(Arrays.copyOfRange(spoken, from, to))
                        + "\"}},\"finish_reason\":null}]}");
                from = to;
            }
            connection.sendDone();
            ByteArrayOutputStream heard = new ByteArrayOutputStream();
            for (Frame delta : all(client.readUntil("response.done"), "response.output_audio.delta")) {
                assertThat(delta.audio().length % 2)
                        .as("bytes of half a sample")
                        .isZero();
                heard.writeBytes(delta.audio());
            }
            assertThat(heard.toByteArray()).isEqualTo(spoken);
            assertThat(client.longestFrameBytes()).isBetween(1_000L, 256L * 1024);
        }

        PlainSocketClient client = connect(Dialect.GA);
        client.send(update("{\"type\":\"server_vad\",\"silence_duration_ms\":500,\"create_response\":false}"));
        client.write("speak for 20 seconds");
        client.askForResponse();
        client.await("response.output_audio.delta");
        speak(client, "Please stop talking now.");
        client.await("input_audio_buffer.speech_started");
        List<Frame> tail = client.readUntil("response.done");
        tail.addAll(rest(client));
        assertThat(tail).noneMatch(frame -> frame.type().endsWith(".delta"));
        assertThat(only(tail, "response.done").text("response", "status_details", "reason"))
                .isEqualTo("turn_detected");
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @Rule(number = 11, value = "a user's `input_audio` always has the key `transcript`, null or not")
    void aUsersSpeechAlwaysHasTheKeyTranscript(Dialect dialect) throws IOException {
        PlainSocketClient client = connectForPushToTalk(dialect);
        byte[] pcm = TestSpeech.pcm("Hello there.");
        client.append(pcm);
        client.send("{\"type\":\"input_audio_buffer.commit\"}");
        client.send("{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
                + "\"content\":[{\"type\":\"input_audio\",\"audio\":\""
                + Base64.getEncoder().encodeToString(pcm) + "\"}]}}");
        List<Frame> frames = rest(client);
        String id = only(frames, "input_audio_buffer.committed").itemId();
        client.send("{\"type\":\"conversation.item.retrieve\",\"item_id\":\"" + id + "\"}");
        frames.add(client.await("conversation.item.retrieved"));

        List<Frame> items = frames.stream().filter(frame -> frame.has("item")).toList();
        assertThat(items).hasSize(dialect == Dialect.GA ? 5 : 3);
        for (Frame item : items) {
            assertThat(item.text("item", "content", 0, "type")).isEqualTo("input_audio");
            assertThat(item.has("item", "content", 0, "transcript"))
                    .as(item.type())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @Rule(
            number = 12,
            value = "milliseconds are integers; an item leaves out a string it does not have, and has no null but a "
                    + "`transcript`")
    void millisecondsAreIntegersAndItemsHaveNoNulls(Dialect dialect) throws IOException {
        Set<String> millis = new HashSet<>();
        Set<String> itemTypes = new HashSet<>();
        for (Frame frame : wholeConversation(connect(dialect), dialect))
            check(frame.fields(), false, millis, itemTypes);
        assertThat(millis).contains("audio_start_ms", "audio_end_ms", "silence_duration_ms", "prefix_padding_ms");
        assertThat(itemTypes).contains("message", "function_call", "function_call_output");
    }

    private static void check(Object node, boolean inItem, Set<String> millis, Set<String> itemTypes) {
        if (node instanceof List<?> list) list.forEach(each -> check(each, inItem, millis, itemTypes));
        if (!(node instanceof Map<?, ?> map)) return;
        Object type = map.get("type");
        boolean isItem = map.containsKey("id") && type instanceof String;
        boolean isSession = map.containsKey("audio") || map.containsKey("expires_at");
        if (isItem && !isSession) itemTypes.add(String.valueOf(type));
        boolean within = inItem || (isItem && !isSession);
        map.forEach((key, value) -> {
            String name = String.valueOf(key);
            if (within && !name.equals("transcript"))
                assertThat(value).as(name + " of an item").isNotNull();
            if (name.endsWith("_ms") && value != null) {
                millis.add(name);
                assertThat(value).as(name).isInstanceOfAny(Long.class, Integer.class);
            }
            if (value != null) check(value, within, millis, itemTypes);
        });
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @Rule(
            number = 13,
            value =
                    "`part.type` is `text` or `audio`; a content's type `output_text` or `output_audio` (beta: `text` or "
                            + "`audio`)")
    void partsAndContentsHaveTheirOwnTypes(Dialect dialect) throws IOException {
        PlainSocketClient client = connectForPushToTalk(dialect);
        client.append(TestSpeech.pcm("Hello there.")); // who wants text from a model that speaks, speaks to it
        client.send("{\"type\":\"input_audio_buffer.commit\"}");
        String modalities = dialect == Dialect.GA ? "output_modalities" : "modalities";
        for (String kind : List.of("text", "audio")) {
            String wanted = dialect == Dialect.BETA && kind.equals("audio") ? "\"audio\",\"text\"" : "\"" + kind + "\"";
            client.send("{\"type\":\"response.create\",\"response\":{\"" + modalities + "\":[" + wanted
                    + "],\"instructions\":\"say: One word.\"}}");
            List<Frame> frames = client.readUntil("response.done");
            for (String type : List.of("response.content_part.added", "response.content_part.done")) {
                assertThat(only(frames, type).text("part", "type")).isEqualTo(kind);
            }
            String content = dialect == Dialect.GA ? "output_" + kind : kind;
            assertThat(only(frames, "response.output_item.done").text("item", "content", 0, "type"))
                    .isEqualTo(content);
            assertThat(only(frames, "response.done").text("response", "output", 0, "content", 0, "type"))
                    .isEqualTo(content);
        }
    }

    @Test
    @Rule(number = 14, value = "of the subprotocols offered, `realtime` is chosen")
    void theSubprotocolRealtimeIsChosen() throws IOException {
        String offer = "Sec-WebSocket-Protocol: openai-insecure-api-key.any-key, realtime, other";
        PlainSocketClient browser = opened(PlainSocketClient.unordered(gateway.realtimeUrl(), "m", offer));
        assertThat(browser.subprotocol()).isEqualTo("realtime");
        assertThat(browser.next().type()).isEqualTo("session.created");
        assertThat(connect(Dialect.GA).subprotocol()).as("none was offered").isEmpty();
    }

    @Test
    @Rule(
            number = 15,
            value = "an unknown key of a request is ignored; an unknown event is answered with an error, never with a "
                    + "close")
    void unknownKeysAreIgnoredAndUnknownEventsAnswered() throws IOException {
        PlainSocketClient client = connectForPushToTalk(Dialect.GA);
        String odd = "\"x_vendor\":{\"deep\":[1,null,{}]},";
        client.send("{" + odd + "\"type\":\"session.update\",\"session\":{" + odd + "\"type\":\"realtime\",\"audio\":{"
                + odd + "\"input\":{" + odd + "\"turn_detection\":{" + odd + "\"type\":\"server_vad\","
                + "\"create_response\":false}}}}}");
        assertThat(client.next().type()).isEqualTo("session.updated");
        client.send("{" + odd + "\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAAAAAA\"}");
        client.send("{" + odd + "\"type\":\"conversation.item.create\",\"item\":{" + odd + "\"type\":\"message\","
                + "\"role\":\"user\",\"content\":[{" + odd + "\"type\":\"input_text\",\"text\":\"say: Yes.\"}]}}");
        assertThat(client.next().type()).isEqualTo(ADDED);
        assertThat(client.next().type()).isEqualTo(DONE);
        client.send("{" + odd + "\"type\":\"response.create\",\"response\":{" + odd + "\"metadata\":{}}}");
        assertThat(client.readUntil("response.done"))
                .noneMatch(frame -> frame.type().equals("error"));
        rest(client);

        for (String unknown : List.of("session.close", "response.nod", "", "Session.Update")) {
            client.send("{\"type\":\"" + unknown + "\"}");
            List<Frame> answer = rest(client);
            assertThat(typesOf(answer)).as(unknown).containsExactly("error", "session.updated");
            assertThat(answer.get(0).text("error", "code")).isEqualTo("invalid_value");
            assertThat(answer.get(0).text("error", "param")).isEqualTo("type");
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @Rule(number = 16, value = "only the protocol's own names of events are on the wire, of one dialect")
    void onlyStandardNamesAreOnTheWire(Dialect dialect) throws IOException {
        PlainSocketClient client = connect(dialect);
        Set<String> seen = new HashSet<>(typesOf(wholeConversation(client, dialect)));
        Set<String> expected = new HashSet<>(StandardEvents.of(dialect));
        assertThat(expected).containsAll(seen);
        expected.retainAll(StandardEvents.OF_WHOLE_CONVERSATION);
        assertThat(seen).as("of a conversation with everything").containsAll(expected);
        assertThat(client.sentTypes()).containsAll(StandardEvents.SENT_IN_WHOLE_CONVERSATION);
    }

    // ---- what the tests talk with ----

    /** All that a client can ask for, in one session. */
    private static List<Frame> wholeConversation(PlainSocketClient client, Dialect dialect) throws IOException {
        String detection = "{\"type\":\"server_vad\",\"silence_duration_ms\":500,\"create_response\":false}";
        String tools = "\"tools\":[{\"type\":\"function\",\"name\":\"get_weather\",\"parameters\":{\"type\":\"object\","
                + "\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}]";
        String transcription = "{\"model\":\"gpt-4o-mini-transcribe\"}";
        client.send("{\"type\":\"session.update\",\"session\":{" + tools + ","
                + (dialect == Dialect.GA
                        ? "\"type\":\"realtime\",\"audio\":{\"input\":{\"transcription\":" + transcription
                                + ",\"turn_detection\":" + detection + "}}"
                        : "\"input_audio_transcription\":" + transcription + ",\"turn_detection\":" + detection)
                + "}}");
        List<Frame> frames = client.readUntil("session.updated");
        speak(client, "What can you hear of this?");
        for (byte[] frame : TestSpeech.silence(1_000)) client.append(frame);
        frames.addAll(client.readUntil("conversation.item.input_audio_transcription.completed"));
        client.askForResponse();
        List<Frame> spoken = client.readUntil("response.done");
        frames.addAll(spoken);
        String itemId = only(spoken, "response.output_item.done").itemId();
        client.send("{\"type\":\"conversation.item.truncate\",\"item_id\":\"" + itemId
                + "\",\"content_index\":0,\"audio_end_ms\":500}");
        client.send("{\"type\":\"conversation.item.retrieve\",\"item_id\":\"" + itemId + "\"}");
        client.send("{\"type\":\"conversation.item.delete\",\"item_id\":\"" + itemId + "\"}");
        client.send("{\"type\":\"input_audio_buffer.clear\"}");
        client.send("{\"type\":\"no.such.event\"}");
        client.write("Please call get weather for Paris");
        client.askForResponse();
        List<Frame> called = client.readUntil("response.done");
        frames.addAll(called);
        client.send("{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call_output\",\"call_id\":\""
                + only(called, "response.function_call_arguments.done").text("call_id")
                + "\",\"output\":\"sunny\"}}");
        client.send("{\"type\":\"response.create\",\"response\":{\"conversation\":\"none\",\""
                + (dialect == Dialect.GA ? "output_modalities" : "modalities") + "\":[\"text\"]}}");
        frames.addAll(client.readUntil("response.done"));
        client.append(TestSpeech.pcm("Hello there."));
        client.send("{\"type\":\"input_audio_buffer.commit\"}");
        client.send("{\"type\":\"output_audio_buffer.clear\"}");
        client.send("{\"type\":\"response.cancel\"}");
        frames.addAll(rest(client));
        return frames;
    }

    private PlainSocketClient connectForPushToTalk(Dialect dialect) throws IOException {
        PlainSocketClient client = connect(dialect);
        client.send(
                dialect == Dialect.GA
                        ? update("null")
                        : "{\"type\":\"session.update\",\"session\":{\"turn_detection\":null}}");
        client.await("session.updated");
        return client;
    }

    private PlainSocketClient connect(Dialect dialect) throws IOException {
        return connect(dialect, "gpt-realtime");
    }

    private PlainSocketClient connect(Dialect dialect, String model) throws IOException {
        return opened(
                dialect == Dialect.GA
                        ? PlainSocketClient.unordered(gateway.realtimeUrl(), model)
                        : PlainSocketClient.unordered(gateway.realtimeUrl(), model, BETA_HEADER));
    }

    private PlainSocketClient opened(PlainSocketClient client) {
        clients.add(client);
        return client;
    }

    private static Gateway gatewayOf(ScriptedUpstream upstream) {
        UpstreamSettings settings = UpstreamSettings.of(UpstreamEndpoint.openAi(upstream.baseUrl(), Credentials.NONE))
                .withPooling(new UpstreamSettings.Pooling(1, 60_000, 0));
        return Gateway.start(
                GatewayConfig.embedded().withModel(new GatewayConfig.Model.Provider("openai", settings, null)),
                TurnObserver.NONE);
    }

    private static String update(String turnDetection) {
        return "{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":{"
                + "\"turn_detection\":" + turnDetection + "}}}}";
    }

    private static void createItem(PlainSocketClient client, String id, @Nullable String after) throws IOException {
        client.send("{\"type\":\"conversation.item.create\","
                + (after == null ? "" : "\"previous_item_id\":\"" + after + "\",")
                + "\"item\":{\"id\":\"" + id + "\",\"type\":\"message\",\"role\":\"user\",\"content\":"
                + "[{\"type\":\"input_text\",\"text\":\"say: Yes.\"}]}}");
    }

    private static void speak(PlainSocketClient client, String sentence) throws IOException {
        for (byte[] frame : TestSpeech.frames(sentence)) client.append(frame);
    }

    /** Ends a detected turn. */
    private static void pause(PlainSocketClient client) throws IOException {
        for (byte[] frame : TestSpeech.silence(1_000)) client.append(frame);
        client.await("input_audio_buffer.speech_stopped");
    }

    /** What was still to come of all that was asked so far, and the answer to an empty update. */
    private static List<Frame> rest(PlainSocketClient client) throws IOException {
        client.send("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\"}}");
        return client.readUntil("session.updated");
    }

    private static void requireKeys(Frame frame, String keys, Object... path) {
        for (String key : keys.split(" ", -1)) {
            Object[] pathAndKey = Arrays.copyOf(path, path.length + 1);
            pathAndKey[path.length] = key;
            assertThat(frame.has(pathAndKey)).as(key).isTrue();
        }
    }

    private static Frame only(List<Frame> frames, String type) {
        List<Frame> found = all(frames, type);
        assertThat(found).as(type).hasSize(1);
        return found.get(0);
    }

    private static List<Frame> all(List<Frame> frames, String type) {
        return frames.stream().filter(frame -> frame.type().equals(type)).toList();
    }

    private static List<String> typesOf(List<Frame> frames) {
        return frames.stream().map(Frame::type).toList();
    }

    /** From {@code response.created} on; deltas that follow each other are one step. */
    private static List<String> stepsOf(List<Frame> frames) {
        List<String> steps = new ArrayList<>();
        for (Frame frame : frames) {
            String type = frame.type();
            if (type.equals("rate_limits.updated") || (steps.isEmpty() && !type.equals("response.created"))) continue;
            String step = type.endsWith(".delta") ? DELTAS : type;
            if (!step.equals(DELTAS) || !steps.get(steps.size() - 1).equals(DELTAS)) steps.add(step);
        }
        return steps;
    }

    private static String joined(List<Frame> frames, String type, String key) {
        StringBuilder text = new StringBuilder();
        for (Frame frame : all(frames, type)) text.append(frame.text(key));
        return text.toString();
    }
}
