package dev.antiphon.server.client;

import static dev.antiphon.server.client.ClientOnAChannel.BINARY;
import static dev.antiphon.server.client.ClientOnAChannel.CLOSE;
import static dev.antiphon.server.client.ClientOnAChannel.CONTINUATION;
import static dev.antiphon.server.client.ClientOnAChannel.PONG;
import static dev.antiphon.server.client.ClientOnAChannel.TEXT;
import static dev.antiphon.server.client.ClientOnAChannel.frame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.server.client.Admission.Applicant;
import dev.antiphon.server.client.ClientOnAChannel.Frame;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ResponseSnapshot.Outcome;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class PcmWireTest {
    private static final String READY = "{\"type\":\"ready\",\"session\":\"sess_1\","
            + "\"in\":{\"encoding\":\"s16le\",\"rate\":16000},\"out\":{\"encoding\":\"s16le\",\"rate\":16000}}";
    private static final AudioFormat FORMAT = AudioFormat.pcm16(16_000);
    private static final PartRef PART = new PartRef("resp_1", "item_1", 0, 0);

    @Nested
    class Handshake {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                nullValues = "none",
                value = {
                    "pcm.v1 | pcm.v1 | none",
                    "pcm.v1, bearer.sk-1 | pcm.v1 | sk-1",
                    "bearer.sk-1,pcm.v1 | pcm.v1 | sk-1",
                    "bearer.sk-1 | none | sk-1",
                    "realtime, pcm.v2 | none | none",
                    "openai-insecure-api-key.sk-1 | none | none"
                })
        void onlyPcmIsChosenAndTheKeyMayComeBesideIt(String offered, @Nullable String chosen, @Nullable String key) {
            List<Applicant> asked = new ArrayList<>();
            Admission admission = applicant -> {
                asked.add(applicant);
                return Admission.Welcome.ANYONE;
            };
            try (ClientOnAChannel client = new ClientOnAChannel(ClientLimits.DEFAULT, admission)) {
                client.send(client.upgradeRequest("/v1/pcm", "Sec-WebSocket-Protocol: " + offered + "\r\n"));
                String answer = client.takeText();
                assertThat(answer).startsWith("HTTP/1.1 101 ").doesNotContain("sk-1");
                if (chosen == null) assertThat(answer).doesNotContainIgnoringCase("sec-websocket-protocol");
                else assertThat(answer).containsIgnoringCase("sec-websocket-protocol: " + chosen + "\r\n");
                assertThat(asked).containsExactly(new Applicant("/v1/pcm", null, "gateway", key));
            }
        }

        @Test
        void aDevicePutsItsKeyIntoAHeader() {
            List<Applicant> asked = new ArrayList<>();
            Admission admission = applicant -> {
                asked.add(applicant);
                return Admission.Refusal.BAD_KEY;
            };
            try (ClientOnAChannel client = new ClientOnAChannel(ClientLimits.DEFAULT, admission)) {
                client.send(client.upgradeRequest("/v1/pcm", "Authorization: Bearer sk-2\r\nOrigin: https://a\r\n"));
                assertThat(client.takeText()).startsWith("HTTP/1.1 401 ");
                assertThat(asked).containsExactly(new Applicant("/v1/pcm", "https://a", "gateway", "sk-2"));
            }
        }

        @ParameterizedTest
        @CsvSource({
            "rate=44100, 'rate: 44100 (expected: 8000, 16000, 24000 or 48000)'",
            "encoding=opus, 'encoding: opus (expected: s16le or ulaw)'",
            "turn=x, 'turn: x (expected: auto or manual)'"
        })
        void aQueryThatCannotBeIsRefusedInWords(String query, String sentence) {
            try (ClientOnAChannel client = new ClientOnAChannel()) {
                client.send(client.upgradeRequest("/v1/pcm?" + query, ""));
                assertThat(client.takeText()).startsWith("HTTP/1.1 400 ").contains(sentence);
                assertThat(client.session.takeCalls()).isEmpty();
            }
        }

        @Test
        void aKeyInTheQueryIsNotTakenHereEither() {
            try (ClientOnAChannel client = new ClientOnAChannel()) {
                client.send(client.upgradeRequest("/v1/pcm?api_key=sk-1", ""));
                assertThat(client.takeText()).startsWith("HTTP/1.1 400 ").doesNotContain("sk-1");
            }
        }
    }

    @Nested
    class Beginning {
        @Test
        void audioAloneIsEnough() {
            try (ClientOnAChannel client = connected("")) {
                client.send(frame(BINARY, true, new byte[640]));
                assertThat(client.session.takeCalls()).containsExactly("new ", "open", "SessionUpdate", "audio 640");
                assertThat(client.takeFrames()).containsExactly(new Frame(TEXT, READY, 0));
                client.send(frame(BINARY, true, new byte[2]));
                assertThat(client.session.takeCalls()).containsExactly("audio 2");
                assertThat(client.takeFrames()).isEmpty();
            }
        }

        @Test
        void theSessionIsThatOfTheQueryAndOfStart() {
            try (ClientOnAChannel client = connected("?model=m&rate=8000&out_rate=48000&voice=marin")) {
                client.sendText("{\"type\":\"start\",\"in\":{\"rate\":24000},\"turn\":\"manual\"}");
                assertThat(client.session.takeCalls()).containsExactly("new m", "open", "SessionUpdate");
                SessionSettings settings = ((ClientCommand.SessionUpdate) client.session.commands.get(0)).settings();
                assertThat(settings.input().format()).isEqualTo(AudioFormat.PCM16_24KHZ);
                assertThat(settings.output().format()).isEqualTo(AudioFormat.pcm16(48_000));
                assertThat(settings.output().voice()).isEqualTo("marin");
                assertThat(settings.input().turnDetection()).isNull();
                assertThat(texts(client))
                        .containsExactly(
                                "{\"type\":\"ready\",\"session\":\"sess_1\",\"in\":{\"encoding\":\"s16le\",\"rate\":24000},"
                                        + "\"out\":{\"encoding\":\"s16le\",\"rate\":48000}}");
            }
        }

        @Test
        void theModelMayBeNamedInStart() {
            try (ClientOnAChannel client = connected("?model=m")) {
                client.sendText("{\"type\":\"start\",\"model\":\"n\"}");
                assertThat(client.session.takeCalls()).contains("new n");
            }
        }

        @Test
        void whatTheKeyWasMadeForReachesTheSession() {
            SessionSettings bound = SessionSettings.defaults("bound", "marin");
            Admission admission = applicant -> new Admission.Welcome("key-1", bound);
            try (ClientOnAChannel client = new ClientOnAChannel(ClientLimits.DEFAULT, admission)) {
                client.send(client.upgradeRequest("/v1/pcm?model=m", ""));
                client.sendText("{\"type\":\"start\"}");
                assertThat(client.session.opening()).isEqualTo(new Opening("key-1", "m", bound, false));
            }
        }

        @Test
        void startComesFirstOrNotAtAll() {
            try (ClientOnAChannel client = begun()) {
                client.sendText("{\"type\":\"start\",\"voice\":\"marin\"}");
                assertThat(client.session.takeCalls()).isEmpty();
                assertThat(texts(client))
                        .containsExactly(error("bad_message", "start: late (expected: as the first message)", false));
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"hello", "{\"type\":\"hello\"}", "{\"type\":\"start\",\"rate\":1}"})
        void aFirstMessageThatCannotBeReadEndsWith1003(String message) {
            try (ClientOnAChannel client = connected("")) {
                client.sendText(message);
                List<Frame> frames = client.takeFrames();
                assertThat(frames).hasSize(3);
                assertThat(frames.get(0).text())
                        .startsWith("{\"type\":\"error\",\"code\":\"bad_message\",\"message\":\"")
                        .endsWith("\"fatal\":true}");
                assertThat(frames.get(1).text()).isEqualTo("{\"type\":\"bye\",\"reason\":\"bad_message\"}");
                assertThat(frames.get(2)).isEqualTo(new Frame(CLOSE, "The first message cannot be read.", 1003));
                assertThat(client.channel.isOpen()).isFalse();
                assertThat(client.session.takeCalls()).isEmpty();
            }
        }

        @Test
        void aPingBeginsNothing() {
            try (ClientOnAChannel client = connected("")) {
                client.sendText("{\"type\":\"ping\",\"t\":12.50}");
                assertThat(texts(client)).containsExactly("{\"type\":\"pong\",\"t\":12.50}");
                assertThat(client.session.takeCalls()).isEmpty();
                client.sendText("{\"type\":\"cancel\"}");
                client.sendText("{\"type\":\"played\",\"item\":\"i\",\"ms\":3}");
                assertThat(client.session.takeCalls()).isEmpty();
                client.sendText("{\"type\":\"start\"}");
                assertThat(texts(client)).containsExactly(READY);
            }
        }
    }

    @Nested
    class Talking {
        @Test
        void halfASampleIsAFaultAndTheSessionLives() {
            try (ClientOnAChannel client = begun()) {
                client.send(frame(BINARY, true, new byte[641]));
                client.send(frame(BINARY, true, new byte[640]));
                assertThat(client.session.takeCalls()).containsExactly("audio 640");
                assertThat(texts(client))
                        .containsExactly(
                                error("bad_audio", "audio: 641 bytes (expected: whole samples of 2 bytes)", false));
            }
        }

        @Test
        void aByteIsASampleOfUlaw() {
            try (ClientOnAChannel client = connected("?encoding=ulaw")) {
                client.send(frame(BINARY, true, new byte[641]));
                assertThat(client.session.takeCalls()).endsWith("audio 641");
            }
        }

        @Test
        void aFrameMayComeInFragments() {
            try (ClientOnAChannel client = begun()) {
                client.send(frame(BINARY, false, new byte[3]));
                client.send(frame(CONTINUATION, true, new byte[5]));
                assertThat(client.session.takeCalls()).containsExactly("audio 8");
            }
        }

        @Test
        void endAsksForAnAnswerToWhatWasTakenOut() {
            try (ClientOnAChannel client = begun("?turn=manual")) {
                client.session.onCommand = () -> {
                    if (last(client) instanceof ClientCommand.InputAudioCommit) {
                        client.session.outlet().send(new ServerEvent.InputAudioCommitted("item_0", null));
                    }
                };
                client.sendText("{\"type\":\"end\"}");
                assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit", "ResponseCreate");
                assertThat(client.takeFrames()).isEmpty();
            }
        }

        @Test
        void endOfNothingIsAFaultAndNothingElse() {
            try (ClientOnAChannel client = begun("?turn=manual")) {
                client.session.onCommand = () -> client.session
                        .outlet()
                        .send(ServerEvent.ErrorEvent.of(
                                new ClientFault("input_audio_buffer_commit_empty", "Too short.", null, null)));
                client.sendText("{\"type\":\"end\"}");
                assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit");
                assertThat(texts(client))
                        .containsExactly(error("input_audio_buffer_commit_empty", "Too short.", false));
            }
        }

        @Test
        void endEndsATurnThatTheGatewayHearsAndNoOther() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 100);
                client.session.takeCalls();
                client.sendText("{\"type\":\"end\"}");
                assertThat(client.session.takeCalls()).isEmpty();
                client.session.outlet().send(new ServerEvent.SpeechStarted("item_0", 20));
                client.sendText("{\"type\":\"end\"}");
                assertThat(client.session.takeCalls()).containsExactly("InputAudioCommit");
            }
        }

        @Test
        void textIsATurnOfItsOwn() {
            try (ClientOnAChannel client = begun()) {
                client.sendText("{\"type\":\"text\",\"text\":\"Hello.\"}");
                assertThat(client.session.takeCalls()).containsExactly("ItemCreate", "ResponseCreate");
                assertThat(client.session.commands.get(1).toString()).contains("USER", "InputText[text=Hello.]");
            }
        }

        @Test
        void framesThatStopWhileThePersonSpeaksMeanSilence() {
            try (ClientOnAChannel client = begun()) {
                client.advanceMillis(5_000);
                assertThat(client.session.takeCalls()).isEmpty();
                client.send(frame(BINARY, true, new byte[640]));
                client.session.outlet().send(new ServerEvent.SpeechStarted("item_0", 20));
                client.advanceMillis(100);
                client.send(frame(BINARY, true, new byte[640]));
                client.advanceMillis(199);
                assertThat(client.session.takeCalls()).containsExactly("audio 640", "audio 640");
                client.advanceMillis(1);
                assertThat(client.session.takeCalls()).containsExactly("audio 6400");
                client.advanceMillis(200);
                assertThat(client.session.takeCalls()).containsExactly("audio 6400");
                client.session.outlet().send(new ServerEvent.SpeechStopped("item_0", 520));
                client.advanceMillis(5_000);
                assertThat(client.session.takeCalls()).isEmpty();
                assertThat(texts(client))
                        .containsExactly(
                                "{\"type\":\"speech\",\"state\":\"start\",\"ms\":20}",
                                "{\"type\":\"speech\",\"state\":\"stop\",\"ms\":520}");
            }
        }
    }

    @Nested
    class Listening {
        @Test
        void aReplyHasABeginningSoundAndAnEnd() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                words(client, "Hello.");
                sound(client, PART, 100);
                sound(client, PART, 50);
                endReply(client, PART, Outcome.COMPLETED);
                assertThat(heard(client))
                        .containsExactly(
                                "{\"type\":\"reply\",\"state\":\"start\",\"item\":\"item_1\"}",
                                "100 ms",
                                "50 ms",
                                "{\"type\":\"reply\",\"state\":\"end\",\"item\":\"item_1\",\"ms\":150}",
                                "{\"type\":\"mark\",\"mark\":\"item_1\"}");
                assertThat(client.session.takeCalls()).containsExactly("first audio written of resp_1");
            }
        }

        @Test
        void wordsAreToldToThoseWhoAsk() {
            try (ClientOnAChannel client = begun("?events=text,partial")) {
                beginReply(client, PART);
                words(client, "Hello");
                client.session.outlet().send(new ServerEvent.InputTranscriptionDelta("item_0", 0, "Good "));
                client.session.outlet().send(new ServerEvent.InputTranscriptionDelta("item_0", 0, "day"));
                client.session
                        .outlet()
                        .send(new ServerEvent.InputTranscriptionCompleted(
                                "item_0", 0, "Good day.", new TranscriptionUsage.Duration(1.5)));
                assertThat(texts(client))
                        .containsExactly(
                                "{\"type\":\"reply\",\"state\":\"start\",\"item\":\"item_1\"}",
                                "{\"type\":\"text\",\"item\":\"item_1\",\"delta\":\"Hello\"}",
                                "{\"type\":\"partial\",\"item\":\"item_0\",\"text\":\"Good \"}",
                                "{\"type\":\"partial\",\"item\":\"item_0\",\"text\":\"Good day\"}",
                                "{\"type\":\"final\",\"item\":\"item_0\",\"text\":\"Good day.\"}");
            }
        }

        @Test
        void aModelThatFailsIsAnErrorThatIsNotFatal() {
            try (ClientOnAChannel client = begun()) {
                endReply(
                        client,
                        PART,
                        new Outcome(
                                ResponseSnapshot.Status.FAILED,
                                null,
                                new ResponseSnapshot.Failure("server_error", null, "it broke")));
                assertThat(texts(client)).containsExactly(error("server_error", "it broke", false));
            }
        }

        @Test
        void soundOfTheModelsOwnFormatIsWrittenAsTheVeryBuffer() {
            try (ClientOnAChannel client = begun("?rate=24000")) {
                beginReply(client, PART);
                client.takeFrames();
                ByteBuf pcm = client.channel.alloc().directBuffer(9_600).writeZero(9_600);
                long address = pcm.memoryAddress();
                client.session.outlet().sendAudio(PART, pcm);
                client.channel.runPendingTasks();
                ByteBuf header = client.channel.readOutbound();
                ByteBuf payload = client.channel.readOutbound();
                assertThat(header.readableBytes()).isEqualTo(4);
                assertThat(payload.memoryAddress()).isEqualTo(address);
                assertThat(payload.readableBytes()).isEqualTo(9_600);
                header.release();
                payload.release();
            }
        }

        @Test
        void noMoreThanTheLeadIsSentAheadOfTheClock() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 1_000);
                assertThat(client.session.outlet().isWritable()).isFalse();
                endReply(client, PART, Outcome.COMPLETED);
                assertThat(heard(client))
                        .containsExactly("{\"type\":\"reply\",\"state\":\"start\",\"item\":\"item_1\"}", "400 ms");
                long sentMillis = 400;
                for (int nowMillis = 10; nowMillis <= 590; nowMillis += 10) {
                    client.advanceMillis(10);
                    for (String piece : heard(client)) sentMillis += Long.parseLong(piece.replace(" ms", ""));
                    assertThat(sentMillis - nowMillis).isBetween(300L, 400L);
                }
                client.advanceMillis(11);
                assertThat(heard(client))
                        .containsExactly(
                                1_000 - sentMillis + " ms",
                                "{\"type\":\"reply\",\"state\":\"end\",\"item\":\"item_1\",\"ms\":1000}",
                                "{\"type\":\"mark\",\"mark\":\"item_1\"}");
                assertThat(client.session.outlet().isWritable()).isTrue();
                assertThat(client.session.takeCalls()).contains("writable");
            }
        }

        @Test
        void nothingIsScheduledWhileNothingWaits() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 400);
                endReply(client, PART, Outcome.COMPLETED);
                client.session.takeCalls();
                client.advanceMillis(5_000);
                assertThat(client.session.takeCalls()).isEmpty();
            }
        }

        @Test
        void aClientMayAskForMoreLead() {
            try (ClientOnAChannel client = begun("?lead_ms=2000")) {
                beginReply(client, PART);
                sound(client, PART, 3_000);
                assertThat(heard(client)).endsWith("2000 ms");
            }
        }

        @Test
        void aSocketThatIsFullIsWaitedFor() {
            try (ClientOnAChannel client = begun("?lead_ms=60000")) {
                beginReply(client, PART);
                client.clog();
                sound(client, PART, 3_000);
                assertThat(client.session.outlet().isWritable()).isFalse();
                sound(client, PART, 1_000);
                client.unclog();
                assertThat(client.session.takeCalls()).contains("writable");
                assertThat(heard(client)).endsWith("3000 ms", "1000 ms");
            }
        }
    }

    @Nested
    class Interrupting {
        @Test
        void speechClearsAndNothingOfTheItemFollows() {
            try (ClientOnAChannel client = begun("?events=text")) {
                beginReply(client, PART);
                sound(client, PART, 1_000);
                client.advanceMillis(100);
                client.takeFrames();
                client.session.outlet().send(new ServerEvent.SpeechStarted("item_2", 500));
                assertThat(texts(client))
                        .containsExactly(
                                "{\"type\":\"speech\",\"state\":\"start\",\"ms\":500}",
                                "{\"type\":\"clear\",\"item\":\"item_1\",\"reason\":\"barge-in\"}");
                words(client, "more");
                sound(client, PART, 200);
                endReply(
                        client,
                        PART,
                        new Outcome(ResponseSnapshot.Status.CANCELLED, ResponseSnapshot.Reason.TURN_DETECTED, null));
                client.advanceMillis(2_000);
                assertThat(client.takeFrames()).isEmpty();
                // The session itself counts what was heard, and breaks off its answer.
                assertThat(client.session.takeCalls()).doesNotContain("ItemTruncate", "ResponseCancel");
            }
        }

        @Test
        void theNextReplyHasAWholeLead() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 1_000);
                client.session.outlet().send(new ServerEvent.SpeechStarted("item_2", 500));
                client.session.outlet().send(new ServerEvent.SpeechStopped("item_2", 900));
                client.takeFrames();
                PartRef next = new PartRef("resp_2", "item_3", 0, 0);
                beginReply(client, next);
                sound(client, next, 1_000);
                assertThat(heard(client)).endsWith("400 ms");
            }
        }

        @Test
        void aReplyThatIsSentWholeIsClearedWhileItIsPlayed() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 300);
                endReply(client, PART, Outcome.COMPLETED);
                client.takeFrames();
                client.advanceMillis(300 + (int) SpokenItems.PLAYER_LAG_MILLIS - 1);
                client.session.outlet().send(new ServerEvent.SpeechStarted("item_2", 500));
                assertThat(texts(client)).endsWith("{\"type\":\"clear\",\"item\":\"item_1\",\"reason\":\"barge-in\"}");
            }
        }

        @Test
        void aReplyThatHasBeenPlayedIsNot() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 300);
                endReply(client, PART, Outcome.COMPLETED);
                client.advanceMillis(300 + (int) SpokenItems.PLAYER_LAG_MILLIS);
                client.takeFrames();
                client.session.outlet().send(new ServerEvent.SpeechStarted("item_2", 500));
                assertThat(texts(client)).containsExactly("{\"type\":\"speech\",\"state\":\"start\",\"ms\":500}");
            }
        }

        @Test
        void aMarkThatWasPlayedEndsTheReplyAtOnce() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 300);
                endReply(client, PART, Outcome.COMPLETED);
                client.takeFrames();
                client.sendText("{\"type\":\"played\",\"mark\":\"item_1\",\"flushed\":true}");
                client.sendText("{\"type\":\"played\",\"mark\":\"item_1\"}");
                client.session.outlet().send(new ServerEvent.SpeechStarted("item_2", 500));
                assertThat(texts(client)).containsExactly("{\"type\":\"speech\",\"state\":\"start\",\"ms\":500}");
            }
        }

        @Test
        void cancelStopsTheReplyAndCountsByTheClock() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 1_000);
                client.advanceMillis(250);
                client.takeFrames();
                client.session.takeCalls();
                client.sendText("{\"type\":\"cancel\"}");
                assertThat(texts(client))
                        .containsExactly("{\"type\":\"clear\",\"item\":\"item_1\",\"reason\":\"cancel\"}");
                assertThat(client.session.takeCalls()).containsExactly("ResponseCancel", "ItemTruncate");
                assertThat(last(client)).isEqualTo(new ClientCommand.ItemTruncate(null, "item_1", 0, 250));
            }
        }

        @Test
        void cancelOfNothingIsNotAnswered() {
            try (ClientOnAChannel client = begun()) {
                client.sendText("{\"type\":\"cancel\"}");
                assertThat(client.takeFrames()).isEmpty();
                assertThat(client.session.takeCalls()).isEmpty();
            }
        }

        @Test
        void cancelOfAnAnswerThatHasNotBegunIsSilent() {
            try (ClientOnAChannel client = begun()) {
                client.session.outlet().send(new ServerEvent.ResponseCreated(snapshot(Outcome.IN_PROGRESS)));
                client.sendText("{\"type\":\"cancel\"}");
                assertThat(client.takeFrames()).isEmpty();
                assertThat(client.session.takeCalls()).containsExactly("ResponseCancel");
            }
        }

        @Test
        void textInterruptsToo() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 300);
                client.takeFrames();
                client.session.takeCalls();
                client.session.onCommand = () -> {
                    if (last(client) instanceof ClientCommand.ResponseCancel) endReply(client, PART, Outcome.COMPLETED);
                };
                client.sendText("{\"type\":\"text\",\"text\":\"Wait.\"}");
                assertThat(texts(client))
                        .containsExactly("{\"type\":\"clear\",\"item\":\"item_1\",\"reason\":\"barge-in\"}");
                assertThat(client.session.takeCalls())
                        .containsExactly("ResponseCancel", "ItemTruncate", "ItemCreate", "ResponseCreate");
            }
        }

        @ParameterizedTest
        @CsvSource({"0, true", "250, true", "251, false"})
        void theClientsWordCountsFor250Milliseconds(int afterMillis, boolean counts) {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 1_000);
                client.session.outlet().send(new ServerEvent.SpeechStarted("item_2", 500));
                client.session.outlet().send(new ServerEvent.SpeechStopped("item_2", 520));
                client.advanceMillis(afterMillis);
                client.session.takeCalls();
                client.sendText("{\"type\":\"played\",\"item\":\"item_1\",\"ms\":77}");
                if (counts) {
                    assertThat(client.session.takeCalls()).containsExactly("ItemTruncate");
                    assertThat(last(client)).isEqualTo(new ClientCommand.ItemTruncate(null, "item_1", 0, 77));
                } else {
                    assertThat(client.session.takeCalls()).isEmpty();
                }
            }
        }

        @Test
        void whatTheClientHasPlayedBeforeIsNotForgotten() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 400);
                client.sendText("{\"type\":\"played\",\"item\":\"item_1\",\"ms\":120}");
                client.sendText("{\"type\":\"cancel\"}");
                assertThat(last(client)).isEqualTo(new ClientCommand.ItemTruncate(null, "item_1", 0, 120));
            }
        }
    }

    @Nested
    class Ending {
        @ParameterizedTest
        @CsvSource({
            "NORMAL, 1000, stop",
            "SESSION_EXPIRED, 1000, expired",
            "GOING_AWAY, 1013, going_away",
            "OVERLOADED, 1013, overloaded",
            "INTERNAL_ERROR, 1011, internal_error"
        })
        void theSessionEndsWithByeAndOneClose(CloseReason reason, int code, String bye) {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 1_000);
                client.takeFrames();
                client.session.outlet().close(reason);
                client.session.outlet().close(CloseReason.INTERNAL_ERROR);
                List<Frame> frames = client.takeFrames();
                assertThat(frames).hasSize(2);
                assertThat(frames.get(0).text()).isEqualTo("{\"type\":\"bye\",\"reason\":\"" + bye + "\"}");
                assertThat(frames.get(1).closeCode()).isEqualTo(code);
                client.advanceMillis(2_000);
                assertThat(client.takeFrames()).isEmpty();
            }
        }

        @Test
        void theGatewayLeavesBeforeTheClientHasSaidAnything() {
            try (ClientOnAChannel client = connected("")) {
                client.channel.pipeline().fireUserEventTriggered(CloseReason.GOING_AWAY);
                assertThat(client.takeFrames())
                        .last()
                        .extracting(Frame::closeCode)
                        .isEqualTo(1013);
                assertThat(client.session.takeCalls()).isEmpty();
            }
        }

        @Test
        void stopEndsAtOnceWhenNothingIsSaid() {
            try (ClientOnAChannel client = begun()) {
                client.sendText("{\"type\":\"stop\"}");
                client.advanceMillis(0);
                assertThat(client.session.takeCalls()).containsExactly("close NORMAL");
                assertThat(client.takeFrames())
                        .containsExactly(
                                new Frame(TEXT, "{\"type\":\"bye\",\"reason\":\"stop\"}", 0),
                                new Frame(CLOSE, "", 1000));
            }
        }

        @Test
        void stopLetsTheReplyComeToItsEnd() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 600);
                client.sendText("{\"type\":\"stop\"}");
                client.send(frame(BINARY, true, new byte[640]));
                client.advanceMillis(0);
                endReply(client, PART, Outcome.COMPLETED);
                client.advanceMillis(0);
                assertThat(client.session.takeCalls()).doesNotContain("close NORMAL", "audio 640");
                client.advanceMillis(101);
                client.advanceMillis(101);
                assertThat(heard(client))
                        .containsExactly(
                                "{\"type\":\"reply\",\"state\":\"start\",\"item\":\"item_1\"}",
                                "400 ms",
                                "101 ms",
                                "99 ms",
                                "{\"type\":\"reply\",\"state\":\"end\",\"item\":\"item_1\",\"ms\":600}",
                                "{\"type\":\"mark\",\"mark\":\"item_1\"}",
                                "{\"type\":\"bye\",\"reason\":\"stop\"}",
                                "close 1000");
            }
        }

        @Test
        void stopBeforeAnythingIsAGoodbye() {
            try (ClientOnAChannel client = connected("")) {
                client.sendText("{\"type\":\"stop\"}");
                assertThat(heard(client)).containsExactly("{\"type\":\"bye\",\"reason\":\"stop\"}", "close 1000");
            }
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void tenMinutesOfNothingEndWith4000(boolean hasBegun) {
            try (ClientOnAChannel client = hasBegun ? begun() : connected("")) {
                for (int minute = 0; minute < 9; minute++) passMinute(client);
                client.sendText("{\"type\":\"ping\"}");
                for (int minute = 0; minute < 9; minute++) passMinute(client);
                assertThat(client.channel.isOpen()).isTrue();
                client.takeFrames();
                passMinute(client);
                assertThat(heard(client)).contains("{\"type\":\"bye\",\"reason\":\"idle\"}", "close 4000");
            }
        }

        private void passMinute(ClientOnAChannel client) {
            for (int i = 0; i < 6; i++) {
                client.advanceMillis(10_000);
                if (client.channel.isOpen()) client.send(frame(PONG, true, new byte[0]));
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {TEXT, BINARY})
        void aMessageOfMoreThan64KiBEndsWith1009(int opcode) {
            try (ClientOnAChannel client = begun()) {
                client.send(frame(opcode, true, new byte[65_537]));
                assertThat(client.takeFrames()).extracting(Frame::closeCode).containsExactly(1009);
                assertThat(client.session.takeCalls()).containsExactly("close NORMAL");
            }
        }

        @Test
        void aFrameOf64KiBIsTaken() {
            try (ClientOnAChannel client = begun()) {
                client.send(frame(BINARY, true, new byte[65_536]));
                assertThat(client.session.takeCalls()).containsExactly("audio 65536");
            }
        }

        @Test
        void aFloodOfPingsEndsWith1008() {
            try (ClientOnAChannel client = begun()) {
                for (int i = 0; i < 11; i++) client.send(frame(ClientOnAChannel.PING, true, new byte[0]));
                assertThat(client.takeFrames())
                        .last()
                        .extracting(Frame::closeCode)
                        .isEqualTo(1008);
            }
        }

        @Test
        void aFaultOfOursEndsWith1011() {
            try (ClientOnAChannel client = begun()) {
                client.session.onCommand = () -> {
                    throw new IllegalStateException("planted");
                };
                client.sendText("{\"type\":\"text\",\"text\":\"Hello.\"}");
                assertThat(client.takeFrames()).containsExactly(new Frame(CLOSE, "The gateway failed.", 1011));
            }
        }

        @Test
        void aClientThatVanishesTakesWhatWaitsWithIt() {
            try (ClientOnAChannel client = begun()) {
                beginReply(client, PART);
                sound(client, PART, 1_000);
                client.channel.close().syncUninterruptibly();
                assertThat(client.session.takeCalls()).contains("close NORMAL");
            }
        }
    }

    // ---- the client ----

    private static ClientOnAChannel connected(String query) {
        ClientOnAChannel client = new ClientOnAChannel();
        client.session.onOpen = () ->
                client.session.outlet().send(new ServerEvent.SessionCreated("sess_1", 0, client.session.settings()));
        client.send(client.upgradeRequest("/v1/pcm" + query, ""));
        assertThat(client.takeText()).startsWith("HTTP/1.1 101 ");
        return client;
    }

    private static ClientOnAChannel begun() {
        return begun("");
    }

    private static ClientOnAChannel begun(String query) {
        ClientOnAChannel client = connected(query);
        client.sendText("{\"type\":\"start\"}");
        assertThat(texts(client)).hasSize(1);
        client.session.takeCalls();
        return client;
    }

    private static List<String> texts(ClientOnAChannel client) {
        List<Frame> frames = client.takeFrames();
        assertThat(frames).allMatch(frame -> frame.opcode() == TEXT);
        return frames.stream().map(Frame::text).toList();
    }

    /** Text as it is, sound as its length at 16 kHz. */
    private static List<String> heard(ClientOnAChannel client) {
        List<String> heard = new ArrayList<>();
        for (Frame frame : client.takeFrames()) {
            switch (frame.opcode()) {
                case TEXT -> heard.add(frame.text());
                // Zeros, which are a character each.
                case BINARY ->
                    heard.add(FORMAT.millisOf(FORMAT.samplesIn(frame.text().length())) + " ms");
                case CLOSE -> heard.add("close " + frame.closeCode());
                default -> {}
            }
        }
        return heard;
    }

    private static ClientCommand last(ClientOnAChannel client) {
        return client.session.commands.get(client.session.commands.size() - 1);
    }

    private static String error(String code, String sentence, boolean isFatal) {
        return "{\"type\":\"error\",\"code\":\"" + code + "\",\"message\":\"" + sentence + "\",\"fatal\":" + isFatal
                + "}";
    }

    // ---- the session ----

    private static void beginReply(ClientOnAChannel client, PartRef part) {
        client.session.outlet().send(new ServerEvent.ResponseCreated(snapshot(Outcome.IN_PROGRESS)));
        client.session
                .outlet()
                .send(new ServerEvent.OutputItemAdded(part.responseId(), 0, message(part, ItemStatus.IN_PROGRESS)));
        client.session.outlet().send(new ServerEvent.ContentPartAdded(part, ServerEvent.PartKind.AUDIO));
    }

    private static void words(ClientOnAChannel client, String delta) {
        client.session.outlet().send(new ServerEvent.OutputAudioTranscriptDelta(PART, delta));
    }

    private static void sound(ClientOnAChannel client, PartRef part, int millis) {
        int bytes = (int) FORMAT.bytesOf(FORMAT.samplesInMillis(millis));
        client.session
                .outlet()
                .sendAudio(part, client.channel.alloc().buffer(bytes).writeZero(bytes));
    }

    private static void endReply(ClientOnAChannel client, PartRef part, Outcome outcome) {
        client.session.outlet().send(new ServerEvent.OutputAudioDone(part));
        client.session
                .outlet()
                .send(new ServerEvent.OutputItemDone(part.responseId(), 0, message(part, ItemStatus.COMPLETED)));
        client.session.outlet().send(new ServerEvent.ResponseDone(snapshot(outcome)));
    }

    private static Item.Message message(PartRef part, ItemStatus status) {
        return new Item.Message(part.itemId(), status, Item.Role.ASSISTANT, List.of());
    }

    private static ResponseSnapshot snapshot(Outcome outcome) {
        return new ResponseSnapshot(
                new ResponseSnapshot.Identity("resp_1", "conv_1", Map.of()),
                outcome,
                List.of(),
                SessionSettings.defaults("m", "alloy"),
                Usage.NONE);
    }
}
