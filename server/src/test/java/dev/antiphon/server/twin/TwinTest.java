package dev.antiphon.server.twin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.NoBufferLeaks;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Over real sockets. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
class TwinTest {
    static final String QUESTION = """
            {"model":"gpt-audio-1.5","modalities":["text","audio"],"audio":{"voice":"alloy","format":"pcm16"},
             "stream":true,"stream_options":{"include_usage":true},
             "messages":[{"role":"user","content":"say: Sure, let me check that for you."}]}""";

    @Test
    void aTypedQuestionIsAnsweredInSpeech() {
        try (Twin twin = Twin.start(TwinSettings.defaults().withPace(0, 1000).withSeed(7))) {
            List<String> events = new TwinClient(twin.baseUrl()).stream(QUESTION);
            assertThat(TwinClient.order(events)).matches("rt{3,9}-{16}D.*-UXZ").doesNotContain("f");
            assertThat(TwinClient.pcm(events)).hasSizeGreaterThan(48_000);
        }
    }
}
