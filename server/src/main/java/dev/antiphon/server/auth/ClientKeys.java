package dev.antiphon.server.auth;

import dev.antiphon.server.client.Admission;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets clients in that show one of the operator's keys, and browsers whose page comes from an allowed origin.
 *
 * <p>A browser says where its page comes from and cannot lie about it; so an origin that is not allowed is refused even
 * with a key, and one that is allowed still needs the key where keys are set.
 *
 * <p>Threading: immutable.
 */
public final class ClientKeys implements Admission {
    private final List<Secret> keys;
    private final Set<String> origins;

    /**
     * @param keys any of them opens a session; none: no key is needed
     * @param origins of pages that may connect; none: those of the gateway's own origin
     */
    public ClientKeys(List<Secret> keys, Set<String> origins) {
        this.keys = List.copyOf(keys);
        this.origins = Set.copyOf(origins);
    }

    @Override
    public Optional<Refusal> refusalOf(Applicant applicant) {
        if (applicant.origin() != null && !isAllowed(applicant.origin(), applicant.host())) {
            return Optional.of(Refusal.BAD_ORIGIN);
        }
        return keys.isEmpty() || isKnown(applicant.apiKey()) ? Optional.empty() : Optional.of(Refusal.BAD_KEY);
    }

    /** All keys are compared, each in constant time: how long it takes says nothing. */
    private boolean isKnown(@Nullable String presented) {
        if (presented == null) return false;
        boolean known = false;
        for (Secret key : keys) known |= key.matches(presented);
        return known;
    }

    /** Exact, scheme, host and port: no suffixes, no {@code null}. */
    private boolean isAllowed(String origin, String host) {
        if (!origins.isEmpty()) return origins.contains(origin);
        try {
            URI page = new URI(origin);
            boolean web = "http".equals(page.getScheme()) || "https".equals(page.getScheme());
            return web && page.getRawAuthority() != null && sameHost(page.getRawAuthority(), host);
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static boolean sameHost(String authority, String host) {
        return authority.toLowerCase(Locale.ROOT).equals(host.toLowerCase(Locale.ROOT));
    }
}
