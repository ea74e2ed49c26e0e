package dev.antiphon.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.server.client.ClientOnAChannel.Frame;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One socket speaks one dialect, whatever happens on it. */
@ExtendWith(NoBufferLeaks.class)
class DialectOfAConnectionTest {
    private static final PartRef PART = new PartRef("resp_1", "item_1", 0, 0);
    private static final Item ITEM = new Item.Message("item_1", ItemStatus.COMPLETED, Item.Role.ASSISTANT, List.of());

    @Test
    void aBetaClientHearsNothingOfGa() {
        try (ClientOnAChannel client = connected("OpenAI-Beta: realtime=v1\r\n")) {
            client.session.onCommand = () -> sayOneOfEach(client);
            client.sendText("{\"type\":\"session.update\",\"session\":{\"instructions\":\"x\"}}");
            assertThat(client.session.takeCalls()).containsExactly("SessionUpdate", "first audio written of resp_1");
            assertSpeaksBeta(client.takeFrames(), 1);
        }
    }

    @Test
    void aGaClientHearsNothingOfTheBeta() {
        try (ClientOnAChannel client = connected("")) {
            client.session.onCommand = () -> sayOneOfEach(client);
            client.sendText("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"voice\":\"sage\"}}");
            assertThat(client.takeFrames().stream().map(DialectOfAConnectionTest::typeOf))
                    .containsExactly(
                            "session.updated",
                            "conversation.item.added",
                            "conversation.item.done",
                            "response.output_audio.delta",
                            "response.output_audio.done");
        }
    }

    @Test
    void aClientThatForgotToSaySoIsABetaClientFromItsFirstUpdateOn() {
        try (ClientOnAChannel client = connected("")) {
            client.session.onCommand = () -> sayOneOfEach(client);
            client.sendText("{\"type\":\"session.update\",\"session\":{\"modalities\":[\"text\",\"audio\"]}}");
            assertSpeaksBeta(client.takeFrames(), 1);
            client.sendText("{\"type\":\"response.create\"}");
            assertSpeaksBeta(client.takeFrames(), 5);
        }
    }

    private static void assertSpeaksBeta(List<Frame> frames, int firstNumber) {
        assertThat(frames.stream().map(DialectOfAConnectionTest::typeOf))
                .containsExactly(
                        "session.updated", "conversation.item.created", "response.audio.delta", "response.audio.done");
        assertThat(frames.get(0).text()).contains("\"modalities\":").doesNotContain("output_modalities");
        for (int i = 0; i < frames.size(); i++) {
            assertThat(frames.get(i).text()).contains("\"event_" + (firstNumber + i) + "\"");
        }
    }

    private static void sayOneOfEach(ClientOnAChannel client) {
        SessionSettings settings = client.session.settings();
        client.session.outlet().send(new ServerEvent.SessionUpdated("sess_1", 7, settings));
        client.session.outlet().send(new ServerEvent.ItemAdded(ITEM, null));
        client.session.outlet().send(new ServerEvent.ItemDone(ITEM, null));
        ByteBuf audio = client.channel.alloc().buffer().writeZero(4);
        client.session.outlet().sendAudio(PART, audio);
        client.session.outlet().send(new ServerEvent.OutputAudioDone(PART));
    }

    private static String typeOf(Frame frame) {
        int from = frame.text().indexOf("\"type\":\"") + 8;
        return frame.text().substring(from, frame.text().indexOf('"', from));
    }

    private static ClientOnAChannel connected(String headers) {
        ClientOnAChannel client = new ClientOnAChannel();
        client.send(client.upgradeRequest("/v1/realtime", headers));
        assertThat(client.takeText()).startsWith("HTTP/1.1 101 ");
        client.session.takeCalls();
        return client;
    }
}
