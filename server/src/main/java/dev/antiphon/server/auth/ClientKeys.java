package dev.antiphon.server.auth;

import dev.antiphon.server.client.Admission;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Lets clients in that show one of the operator's keys, and browsers whose page comes from an allowed origin.
 *
 * <p>A browser says where its page comes from and cannot lie about it; so an origin that is not allowed is refused even
 * with a key, and one that is allowed still needs the key where keys are set. An ephemeral key is as good as the key it
 * was made with, for what it was made for.
 *
 * <p>Threading: immutable.
 */
public final class ClientKeys implements Admission {
    private final List<Secret> keys;
    private final Set<String> origins;
    private final EphemeralKeys ephemeral;

    /**
     * @param keys any of them opens a session; none: no key is needed
     * @param origins of pages that may connect; none: those of the gateway's own origin
     * @param ephemeral those that were made with one of {@code keys}
     */
    public ClientKeys(List<Secret> keys, Set<String> origins, EphemeralKeys ephemeral) {
        this.keys = List.copyOf(keys);
        this.origins = Set.copyOf(origins);
        this.ephemeral = ephemeral;
    }

    @Override
    public Verdict verdictOn(Applicant applicant) {
        if (applicant.origin() != null && !isAllowed(applicant.origin(), applicant.host())) return Refusal.BAD_ORIGIN;
        String presented = applicant.apiKey();
        // Even where no key is needed, one that has expired opens nothing: what it was made for is gone.
        if (presented != null && EphemeralKeys.isOne(presented)) {
            EphemeralKeys.Grant grant = ephemeral.grantOf(presented);
            return grant == null ? Refusal.BAD_KEY : new Welcome(grant.client(), grant.settings());
        }
        if (keys.isEmpty()) return Welcome.ANYONE;
        int known = presented == null ? -1 : indexOf(presented);
        return known < 0 ? Refusal.BAD_KEY : new Welcome("key-" + (known + 1), null);
    }

    /** Position among the keys, or -1. All are compared, each in constant time: how long it takes says nothing. */
    private int indexOf(String presented) {
        int known = -1;
        for (int i = 0; i < keys.size(); i++) {
            if (keys.get(i).matches(presented)) known = i;
        }
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
