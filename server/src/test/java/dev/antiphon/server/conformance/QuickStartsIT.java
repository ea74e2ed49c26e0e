package dev.antiphon.server.conformance;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The programs of the providers' quick-starts, with the official Node client and the embedded model. */
@Timeout(240)
class QuickStartsIT {
    private static final long TALK_SECONDS = 90;

    @Test
    void theQuickStartsRunWithTheNodeClient() throws Exception {
        NodeSuite.held("openai-quick-starts.mjs", TALK_SECONDS);
    }
}
