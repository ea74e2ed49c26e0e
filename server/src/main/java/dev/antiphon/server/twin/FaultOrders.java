package dev.antiphon.server.twin;

import dev.antiphon.server.twin.wire.Refusal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the names of models order to fail, and how many requests each name has had.
 *
 * <pre>
 *   fault:500          every request fails
 *   fault:500@2        the first two fail, the others are answered
 *   fault:500@2#run7   the same, counted apart from every other #…
 * </pre>
 *
 * <p>Threading: thread-safe.
 */
final class FaultOrders {
    private static final Pattern NAME = Pattern.compile("([^@#]+)(?:@(\\d{1,9}))?(?:#.*)?");
    /** Beyond it the name that was used the longest time ago begins anew. */
    private static final int MAX_NAMES = 10_000;

    private final Map<String, Integer> requests = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > MAX_NAMES;
        }
    };

    /**
     * Counts one request.
     *
     * @param model as the request names it
     * @return how the request is to fail; null: it is answered
     * @throws Refusal the name orders a fault that does not exist
     */
    @Nullable
    TwinFault next(String model) {
        if (!model.startsWith(TwinFault.MODEL_PREFIX)) return null;
        Matcher name = NAME.matcher(model.substring(TwinFault.MODEL_PREFIX.length()));
        TwinFault fault = name.matches() ? TwinFault.of(name.group(1)) : null;
        if (fault == null) throw noSuchFault(model);
        int count;
        synchronized (requests) {
            count = requests.merge(keyOf(model), 1, Integer::sum);
        }
        boolean isOver = name.group(2) != null && count > Integer.parseInt(name.group(2));
        return isOver ? null : fault;
    }

    /** How many requests the name has had. */
    int requests(String model) {
        synchronized (requests) {
            return requests.getOrDefault(keyOf(model), 0);
        }
    }

    private static String keyOf(String model) {
        return model.toLowerCase(Locale.ROOT);
    }

    private static Refusal noSuchFault(String model) {
        return Refusal.of(
                404,
                "invalid_request_error",
                "The model `" + model + "` does not exist or you do not have access to it. Faults: " + TwinFault.names()
                        + ".",
                null,
                "model_not_found");
    }
}
