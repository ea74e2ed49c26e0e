package dev.antiphon.server.auth;

import dev.antiphon.session.SessionSettings;
import dev.antiphon.time.NanoClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keys for browsers and devices that must not know the operator's: each opens sessions of the settings it was made for,
 * as many as wanted, until it expires. A session outlives its key.
 *
 * <p>What is kept of a key is its SHA-256; the key itself is shown once, to whoever had it made.
 *
 * <p>Threading: thread-safe. Nothing waits: the maps are concurrent, and the count is reserved before a key is stored.
 */
public final class EphemeralKeys {
    /** How many are alive at once; together they hold at most {@link #MAX_SETTINGS_BYTES}. */
    public static final int MAX_KEYS = 10_000;

    static final long MAX_SETTINGS_BYTES = 64L << 20;

    // ek_ + 256 random bits in base64url. Some browser clients refuse a key that starts otherwise.
    private static final String PREFIX = "ek_";
    private static final int RANDOM_BYTES = 32;
    private static final Pattern FORM = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");

    private final NanoClock clock;
    private final Clock wallClock;
    private final int maxKeys;
    private final long maxSettingsBytes;
    private final long originNanos;
    private final SecureRandom random = new SecureRandom();

    // By the first eight bytes of the digest: found without comparing secrets, then compared in constant time.
    private final ConcurrentMap<Long, Key> keys = new ConcurrentHashMap<>();
    private final ConcurrentSkipListSet<Key> byExpiry = new ConcurrentSkipListSet<>(
            Comparator.comparingLong(Key::expiresNanos).thenComparingLong(Key::fingerprint));
    // Of what is in byExpiry, or about to be.
    private final AtomicInteger heldKeys = new AtomicInteger();
    private final AtomicLong heldBytes = new AtomicLong();

    public EphemeralKeys(NanoClock clock, Clock wallClock) {
        this(clock, wallClock, MAX_KEYS, MAX_SETTINGS_BYTES);
    }

    EphemeralKeys(NanoClock clock, Clock wallClock, int maxKeys, long maxSettingsBytes) {
        this.clock = clock;
        this.wallClock = wallClock;
        this.maxKeys = maxKeys;
        this.maxSettingsBytes = maxSettingsBytes;
        this.originNanos = clock.nanoTime();
    }

    /**
     * A new key.
     *
     * @param value to be shown once
     */
    public record Minted(Secret value, long expiresAtUnixSeconds) {}

    /**
     * What a key is good for.
     *
     * @param client whose key it was made with, as it may stand in a log
     */
    public record Grant(String client, SessionSettings settings) {}

    /** @param expiresNanos since the origin of this store */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record, never handed out
    private record Key(
            long fingerprint, byte[] digest, Grant grant, long expiresNanos, Instant expiresAt, int settingsBytes) {}

    /**
     * Makes a key.
     *
     * @param lifetimeSeconds at least 1
     * @param settingsBytes how much memory the settings take, roughly
     * @return null: too many are alive
     */
    public @Nullable Minted mint(Grant grant, int lifetimeSeconds, int settingsBytes) {
        if (lifetimeSeconds < 1) {
            throw new IllegalArgumentException("lifetimeSeconds: " + lifetimeSeconds + " (expected: > 0)");
        }
        long nowNanos = clock.nanoTime() - originNanos;
        Instant now = wallClock.instant();
        forgetExpired(nowNanos, now);
        if (!reserve(settingsBytes)) return null;
        Instant expiresAt = now.plusSeconds(lifetimeSeconds);
        long expiresNanos = nowNanos + TimeUnit.SECONDS.toNanos(lifetimeSeconds);
        while (true) {
            String value = newValue();
            byte[] digest = digestOf(value);
            Key key = new Key(fingerprintOf(digest), digest, grant, expiresNanos, expiresAt, settingsBytes);
            if (keys.putIfAbsent(key.fingerprint(), key) != null) continue;
            byExpiry.add(key);
            return new Minted(Secret.of(value), expiresAt.getEpochSecond());
        }
    }

    /** Whether this has the form of our keys, alive or not. */
    static boolean isOne(String presented) {
        return FORM.matcher(presented).matches();
    }

    /** @return null: there is no such key, or no longer */
    @Nullable
    Grant grantOf(String presented) {
        byte[] digest = digestOf(presented);
        Key key = keys.get(fingerprintOf(digest));
        if (key == null || !MessageDigest.isEqual(digest, key.digest())) return null;
        if (!isExpired(key, clock.nanoTime() - originNanos, wallClock.instant())) return key.grant();
        // At once, lest a wall clock that is set back revives it.
        forget(key);
        return null;
    }

    /** How many keys are held. */
    int held() {
        return heldKeys.get();
    }

    /**
     * Both clocks must agree that a key lives: the monotonic one cannot be set back, and the wall clock goes on while the
     * machine sleeps.
     */
    private static boolean isExpired(Key key, long nowNanos, Instant now) {
        return nowNanos >= key.expiresNanos() || !now.isBefore(key.expiresAt());
    }

    private void forgetExpired(long nowNanos, Instant now) {
        for (Key key : byExpiry) {
            if (!isExpired(key, nowNanos, now)) return;
            forget(key);
        }
    }

    private void forget(Key key) {
        keys.remove(key.fingerprint(), key);
        if (byExpiry.remove(key)) release(key.settingsBytes());
    }

    private boolean reserve(int settingsBytes) {
        int keysThen = heldKeys.incrementAndGet();
        long bytesThen = heldBytes.addAndGet(settingsBytes);
        if (keysThen <= maxKeys && bytesThen <= maxSettingsBytes) return true;
        release(settingsBytes);
        return false;
    }

    private void release(int settingsBytes) {
        heldKeys.decrementAndGet();
        heldBytes.addAndGet(-settingsBytes);
    }

    private String newValue() {
        byte[] bits = new byte[RANDOM_BYTES];
        random.nextBytes(bits);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    }

    private static byte[] digestOf(String value) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static long fingerprintOf(byte[] digest) {
        return ByteBuffer.wrap(digest).getLong();
    }
}
