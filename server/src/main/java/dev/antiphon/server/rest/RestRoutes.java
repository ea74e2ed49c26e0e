package dev.antiphon.server.rest;

import dev.antiphon.server.client.Admission;
import dev.antiphon.server.client.HttpRoutes;
import io.netty.channel.ChannelHandler;
import java.util.HashMap;
import java.util.Map;

/**
 * The table of paths that are answered over plain HTTP.
 *
 * <p>Threading: immutable.
 */
public final class RestRoutes implements HttpRoutes {
    /** As those of the socket: clients append what they know to whichever base URL they were given. */
    private static final String[] BASES = {"/v1/realtime", "/realtime", "/openai/v1/realtime"};

    private final Admission admission;
    private final Map<String, Route> routes = new HashMap<>();

    /** @param admission asked for each request; an ephemeral key is refused whatever it says */
    public RestRoutes(Admission admission, ClientSecrets secrets) {
        this.admission = admission;
        for (String base : BASES) {
            routes.put(base + "/client_secrets", secrets::clientSecret);
            routes.put(base + "/sessions", secrets::session);
            routes.put(base + "/transcription_sessions", secrets::transcriptionSession);
        }
    }

    @Override
    public boolean hasRoute(String path) {
        return routes.containsKey(path);
    }

    @Override
    public ChannelHandler newHandler() {
        return new RestHandler(admission, routes);
    }
}
