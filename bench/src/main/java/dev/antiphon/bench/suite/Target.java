package dev.antiphon.bench.suite;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What the callers can be pointed at: the gateway and what it is compared with.
 *
 * <p>Threading: immutable.
 */
public enum Target {
    DIRECT("direct", "realtime", "nothing in between: the callers talk to the scripted model"),
    RELAY("relay", "realtime", "the floor: a byte relay in C, one epoll"),
    HAPROXY_TCP("haproxy-tcp", "realtime", "HAProxy as a byte relay"),
    ANTIPHON("antiphon", "realtime", "the gateway"),
    NODE("node", "realtime", "a Node server with ws and the openai package"),
    OPENAI_JAVA("openai-java", "realtime", "a Java server with openai-java and Java-WebSocket"),
    HAPROXY_HTTP("haproxy-http", "sse", "HAProxy passing the event stream on; callers speak HTTP"),
    NGINX("nginx", "sse", "nginx passing the event stream on; callers speak HTTP");

    private final String label;
    private final String protocol;
    private final String description;

    Target(String label, String protocol, String description) {
        this.label = label;
        this.protocol = protocol;
        this.description = description;
    }

    static Target of(String label) {
        for (Target target : values()) {
            if (target.label.equals(label)) return target;
        }
        throw new IllegalArgumentException("target: " + label + " (expected: "
                + Arrays.stream(values()).map(Target::label).collect(Collectors.joining(", ")) + ")");
    }

    public String label() {
        return label;
    }

    /** What its callers speak. */
    String protocol() {
        return protocol;
    }

    public String description() {
        return description;
    }

    /** Only the gateway hears by itself when a person has finished; callers of all others say so. */
    boolean detectsTurns() {
        return this == ANTIPHON;
    }
}
