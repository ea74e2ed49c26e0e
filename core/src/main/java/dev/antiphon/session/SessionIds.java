package dev.antiphon.session;

import java.util.SplittableRandom;

/**
 * Makes the ids of one session's items, responses and conversation.
 *
 * <p>Threading: confined to the session's event loop.
 */
@FunctionalInterface
public interface SessionIds {
    /**
     * Makes a new id.
     *
     * @param prefix what the id names: {@code item_}, {@code resp_}, …
     */
    String next(String prefix);

    /** Ids as the provider makes them, 21 random characters. The same seed gives the same ids: not for secrets. */
    static SessionIds random(long seed) {
        String alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        int characters = 21;
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder id = new StringBuilder(2 * characters); // the same for each
        return prefix -> {
            id.setLength(0);
            id.append(prefix);
            for (int i = 0; i < characters; i++) id.append(alphabet.charAt(random.nextInt(alphabet.length())));
            return id.toString();
        };
    }
}
