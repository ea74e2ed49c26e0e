package dev.antiphon.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.client.Admission;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.time.NanoClock;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientKeysTest {
    private static final EphemeralKeys NO_EPHEMERAL_KEYS = new EphemeralKeys(NanoClock.SYSTEM, Clock.systemUTC());
    private static final String HOST = "voice.example:8080";

    @Nested
    class Keys {
        private final ClientKeys keys =
                new ClientKeys(List.of(Secret.of("one"), Secret.of("two")), Set.of(), NO_EPHEMERAL_KEYS);

        @ParameterizedTest
        @ValueSource(strings = {"one", "two"})
        void anyOfThemOpensASession(String key) {
            assertThat(keys.verdictOn(applicant(null, key)))
                    .isEqualTo(new Admission.Welcome(key.equals("one") ? "key-1" : "key-2", null));
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "on", "onee", "ONE", "one,two"})
        void anythingElseDoesNot(String key) {
            assertThat(keys.verdictOn(applicant(null, key))).isEqualTo(Admission.Refusal.BAD_KEY);
        }

        @Test
        void noneDoesNot() {
            assertThat(keys.verdictOn(applicant(null, null))).isEqualTo(Admission.Refusal.BAD_KEY);
        }

        @Test
        void whereNoneAreSetNoneIsNeeded() {
            assertThat(new ClientKeys(List.of(), Set.of(), NO_EPHEMERAL_KEYS).verdictOn(applicant(null, null)))
                    .isEqualTo(Admission.Welcome.ANYONE);
        }
    }

    @Nested
    class Ephemeral {
        private static final SessionSettings SETTINGS = SessionSettings.defaults("gpt-realtime", "marin");

        private final EphemeralKeys ephemeral = new EphemeralKeys(NanoClock.SYSTEM, Clock.systemUTC());
        private final ClientKeys locked = new ClientKeys(List.of(Secret.of("one")), Set.of(), ephemeral);
        private final ClientKeys open = new ClientKeys(List.of(), Set.of(), ephemeral);

        private String minted() {
            EphemeralKeys.Minted minted = ephemeral.mint(new EphemeralKeys.Grant("key-1", SETTINGS), 600, 2);
            if (minted == null) throw new AssertionError("too many are alive");
            return minted.value().value();
        }

        @Test
        void oneOpensWhatItWasMadeForInTheNameOfWhoMadeIt() {
            Admission.Welcome expected = new Admission.Welcome("key-1", SETTINGS);
            assertThat(locked.verdictOn(applicant(null, minted()))).isEqualTo(expected);
            assertThat(open.verdictOn(applicant(null, minted()))).isEqualTo(expected);
        }

        @Test
        void oneThatNobodyMadeOpensNothingEvenWhereNoKeyIsNeeded() {
            String other = "ek_" + "0".repeat(43);
            assertThat(locked.verdictOn(applicant(null, other))).isEqualTo(Admission.Refusal.BAD_KEY);
            assertThat(open.verdictOn(applicant(null, other))).isEqualTo(Admission.Refusal.BAD_KEY);
        }

        @Test
        void whatOnlyBeginsLikeOneIsAKeyLikeAnyOther() {
            ClientKeys likeOne = new ClientKeys(List.of(Secret.of("ek_mine")), Set.of(), ephemeral);
            assertThat(likeOne.verdictOn(applicant(null, "ek_mine"))).isEqualTo(new Admission.Welcome("key-1", null));
            assertThat(open.verdictOn(applicant(null, "ek_any"))).isEqualTo(Admission.Welcome.ANYONE);
        }

        @Test
        void theOriginMattersAllTheSame() {
            assertThat(open.verdictOn(applicant("https://evil.example", minted())))
                    .isEqualTo(Admission.Refusal.BAD_ORIGIN);
        }
    }

    @Nested
    class Origins {
        private final ClientKeys sameOrigin = new ClientKeys(List.of(), Set.of(), NO_EPHEMERAL_KEYS);
        private final ClientKeys listed =
                new ClientKeys(List.of(), Set.of("https://app.example", "http://localhost:3000"), NO_EPHEMERAL_KEYS);

        @ParameterizedTest
        @ValueSource(strings = {"http://voice.example:8080", "https://voice.example:8080", "http://VOICE.example:8080"})
        void byDefaultPagesOfTheSameOriginMayConnect(String origin) {
            assertThat(sameOrigin.verdictOn(applicant(origin, null))).isEqualTo(Admission.Welcome.ANYONE);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "null",
                    "",
                    "http://voice.example",
                    "http://voice.example:8081",
                    "http://evil.example:8080",
                    "http://voice.example:8080.evil.example",
                    "http://evilvoice.example:8080",
                    "http://user@voice.example:8080",
                    "file://voice.example:8080",
                    "voice.example:8080",
                    "http://",
                    "http://voice.example:8080%00",
                    "://"
                })
        void andNoOthers(String origin) {
            assertThat(sameOrigin.verdictOn(applicant(origin, null))).isEqualTo(Admission.Refusal.BAD_ORIGIN);
        }

        @ParameterizedTest
        @CsvSource({
            "https://app.example, true",
            "http://localhost:3000, true",
            "http://app.example, false",
            "https://app.example:443, false",
            "https://app.example.evil.example, false",
            "https://good.app.example, false",
            "null, false",
            "http://voice.example:8080, false"
        })
        void aListIsExact(String origin, boolean allowed) {
            assertThat(listed.verdictOn(applicant(origin, null)) instanceof Admission.Welcome)
                    .isEqualTo(allowed);
        }

        @Test
        void whoIsNoBrowserHasNoOrigin() {
            assertThat(listed.verdictOn(applicant(null, null))).isEqualTo(Admission.Welcome.ANYONE);
        }
    }

    @Test
    void aSecretDoesNotShowItself() {
        assertThat(Secret.of("canary").toString()).doesNotContain("canary");
    }

    private static Admission.Applicant applicant(@Nullable String origin, @Nullable String key) {
        return new Admission.Applicant("/v1/realtime", origin, HOST, key);
    }
}
