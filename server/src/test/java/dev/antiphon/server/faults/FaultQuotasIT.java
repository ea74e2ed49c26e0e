package dev.antiphon.server.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.conformance.RestCaller;
import dev.antiphon.server.upstream.UpstreamSettings.Pooling;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever fault an answer over plain HTTP ends in, it leaves the place that its key has for requests under way: after ten
 * of each, or as many as {@code -Dantiphon.faults.repeats=100} says, all places can be taken at once.
 */
@Timeout(600)
class FaultQuotasIT {
    private static final int REPEATS = Integer.getInteger("antiphon.faults.repeats", 10);
    /** As {@code RestLimits} has it. */
    private static final int PLACES = 64;

    private static final int PATIENCE_MILLIS = 400;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int GATEWAY_TIMEOUT = 504;

    private final ExecutorService callers = Executors.newFixedThreadPool(PLACES);

    @Test
    void noFaultKeepsAPlace() throws Exception {
        try (FaultyModel model = FaultyModel.ofMany(PATIENCE_MILLIS, new Pooling(1, 60_000, 1))) {
            Set<Gateway> gateways = new LinkedHashSet<>();
            for (FaultRow row : FaultRow.all()) {
                Gateway gateway = model.gatewayFor(row);
                gateways.add(gateway);
                for (int status : statuses(gateway, row.name(), REPEATS)) {
                    assertThat(status).as(row.toString()).isGreaterThanOrEqualTo(200);
                }
            }
            for (Gateway gateway : gateways) {
                // Each of them waits for its head until the deadline, so that they are under way together.
                assertThat(statuses(gateway, "hang-before-headers", PLACES))
                        .doesNotContain(TOO_MANY_REQUESTS)
                        .containsOnly(GATEWAY_TIMEOUT);
            }
        } finally {
            callers.shutdownNow();
        }
    }

    private List<Integer> statuses(Gateway gateway, String fault, int times) throws Exception {
        RestCaller caller = new RestCaller(gateway, "");
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            boolean isStreamed = i % 2 == 0;
            answers.add(callers.submit(() -> statusOf(caller, fault, isStreamed)));
        }
        List<Integer> statuses = new ArrayList<>();
        for (Future<Integer> answer : answers) statuses.add(answer.get(60, TimeUnit.SECONDS));
        return statuses;
    }

    /** @return 200 also where the answer broke off behind its head */
    private static int statusOf(RestCaller caller, String fault, boolean isStreamed) throws InterruptedException {
        try {
            HttpResponse<byte[]> answer = caller.post(
                    "/chat/completions",
                    "{\"model\":\"fault:" + fault + "\",\"stream\":" + isStreamed
                            + ",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\",\"format\":\""
                            + (isStreamed ? "pcm16" : "wav")
                            + "\"},\"messages\":[{\"role\":\"user\",\"content\":\"say: Yes.\"}]}");
            assertThat(RestCaller.text(answer)).doesNotContain(FaultyModel.KEY);
            return answer.statusCode();
        } catch (IOException brokenOff) {
            return 200;
        }
    }
}
