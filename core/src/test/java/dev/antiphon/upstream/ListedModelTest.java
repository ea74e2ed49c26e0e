package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A provider's list of models. */
class ListedModelTest {
    private static final String LIST = "{\"object\":\"list\",\"data\":["
            + "{\"id\":\"gpt-audio\",\"object\":\"model\",\"created\":1,\"permission\":[{\"id\":\"p\"}],"
            + "\"shutdown_date\":\"2027-01-20\"},"
            + "{\"id\":\"gpt-audio-1.5\",\"shutdown_date\":null},{\"object\":\"model\"},7,"
            + "{\"id\":\"other\",\"shutdown_date\":\"soon\"}]}";

    @Test
    void aModelHasAnIdAndPerhapsAnEnd() {
        assertThat(read(LIST))
                .containsExactly(
                        new ListedModel("gpt-audio", LocalDate.of(2027, 1, 20)),
                        new ListedModel("gpt-audio-1.5", null),
                        new ListedModel("other", null));
    }

    @Test
    void whatBreaksOffIsReadUntilThere() {
        for (int cut = 0; cut < LIST.length(); cut++) {
            List<ListedModel> models = read(LIST.substring(0, cut));
            assertThat(read(LIST).subList(0, models.size())).isEqualTo(models);
        }
    }

    @Test
    void anythingElseHasNoModels() {
        assertThat(read("[]")).isEmpty();
        assertThat(read("<html>")).isEmpty();
        assertThat(read("{\"data\":{\"id\":\"x\"}}")).isEmpty();
        assertThat(read("{\"data\":[[[]]],\"more\":[{\"id\":\"x\"}]}")).isEmpty();
    }

    private static List<ListedModel> read(String json) {
        return ListedModel.readAll(json.getBytes(StandardCharsets.UTF_8));
    }
}
