package dev.antiphon.testing;

import io.netty.util.LeakPresenceDetector;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves a reference-counted buffer unreleased. Buffers must come from an allocator or be pooled to be
 * seen: {@code Unpooled.wrappedBuffer(byte[])} is not tracked.
 *
 * <p>The detector counts for the whole JVM, so tests of one fork run one after the other.
 */
public final class NoBufferLeaks implements BeforeEachCallback, AfterEachCallback {
    private static final String DETECTOR_PROPERTY = "io.netty.customResourceLeakDetector";

    @Override
    public void beforeEach(ExtensionContext context) {
        if (!LeakPresenceDetector.class.getName().equals(System.getProperty(DETECTOR_PROPERTY))) {
            throw new IllegalStateException(DETECTOR_PROPERTY + ": " + System.getProperty(DETECTOR_PROPERTY)
                    + " (expected: " + LeakPresenceDetector.class.getName() + ")");
        }
        LeakPresenceDetector.check();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        LeakPresenceDetector.check();
    }
}
