package dev.antiphon.server.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A model that is asked for and will soon be gone is named. */
@ExtendWith(NoBufferLeaks.class)
class ShutdownNoticeTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 21);

    private final List<String> warnings = new ArrayList<>();

    @Test
    void aModelThatEndsWithinTwoMonthsIsNamed() {
        read("2027-01-20");
        assertThat(warnings)
                .containsExactly("upstream openai: its model gpt-audio will be shut down on 2027-01-20, in 60 days");
    }

    @Test
    void aModelThatHasEndedIsNamed() {
        read("2026-11-20");
        assertThat(warnings).containsExactly("upstream openai: its model gpt-audio was shut down on 2026-11-20");
    }

    @Test
    void aModelThatLivesLongerIsNot() {
        read("2027-01-21");
        assertThat(warnings).isEmpty();
    }

    private void read(String shutdownDate) {
        ShutdownNotice notice = new ShutdownNotice("openai", Set.of("gpt-audio"), TODAY, warnings::add);
        String list = "{\"data\":[{\"id\":\"gpt-audio\",\"shutdown_date\":\"" + shutdownDate + "\"},"
                + "{\"id\":\"never-asked-for\",\"shutdown_date\":\"2026-11-22\"}]}";
        for (String piece : List.of(list.substring(0, 20), list.substring(20))) {
            ByteBuf bytes = Unpooled.copiedBuffer(piece, StandardCharsets.UTF_8);
            notice.onBody(bytes);
            bytes.release();
        }
        notice.onCompleted();
    }
}
