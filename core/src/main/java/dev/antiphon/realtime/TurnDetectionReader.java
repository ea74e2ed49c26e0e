package dev.antiphon.realtime;

import dev.antiphon.session.SessionSettings.TurnDetection;
import dev.antiphon.turn.Eagerness;
import dev.antiphon.turn.TurnSettings;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code turn_detection}. Keys come in any order, so everything is read before the type decides what it is laid
 * over: what is in force where the type is the same or not said, else that type's defaults. Keys of the other type are
 * passed over.
 *
 * <p>Threading: confined to its caller.
 */
final class TurnDetectionReader {
    static final int MIN_IDLE_TIMEOUT_MILLIS = 5_000;
    static final int MAX_IDLE_TIMEOUT_MILLIS = 30_000;

    private static final TurnDetection SEMANTIC =
            new TurnDetection(TurnSettings.semantic(Eagerness.MEDIUM), true, true);

    private final String path;
    private @Nullable String type;
    private @Nullable Double threshold;
    private @Nullable Integer prefixPaddingMillis;
    private @Nullable Integer silenceDurationMillis;
    private @Nullable Integer idleTimeoutMillis;
    private boolean hasIdleTimeout; // said, be it null
    private @Nullable Eagerness eagerness;
    private @Nullable Boolean createResponse;
    private @Nullable Boolean interruptResponse;

    private TurnDetectionReader(String path) {
        this.path = path;
    }

    /**
     * @param current what is in force; null: nothing
     * @return null: no turn detection
     */
    static @Nullable TurnDetection read(JsonCursor json, String path, @Nullable TurnDetection current)
            throws IOException {
        if (json.isNull()) return null;
        TurnDetectionReader reader = new TurnDetectionReader(path);
        reader.readFields(json);
        return reader.laidOver(current);
    }

    private void readFields(JsonCursor json) throws IOException {
        json.enterObject(path);
        while (json.nextField()) {
            String field = json.field();
            String fieldPath = path + "." + field;
            if (field.equals("idle_timeout_ms")) {
                hasIdleTimeout = true;
                idleTimeoutMillis = json.isNull()
                        ? null
                        : (Integer) json.integer(fieldPath, MIN_IDLE_TIMEOUT_MILLIS, MAX_IDLE_TIMEOUT_MILLIS);
                continue;
            }
            if (json.isNull()) continue;
            switch (field) {
                case "type" -> type = json.text(fieldPath);
                case "threshold" -> threshold = json.number(fieldPath, 0, 1);
                case "prefix_padding_ms" -> prefixPaddingMillis = json.integer(fieldPath, 0, Integer.MAX_VALUE);
                case "silence_duration_ms" -> silenceDurationMillis = json.integer(fieldPath, 0, Integer.MAX_VALUE);
                case "eagerness" -> eagerness = readEagerness(json, fieldPath);
                case "create_response" -> createResponse = json.bool(fieldPath);
                case "interrupt_response" -> interruptResponse = json.bool(fieldPath);
                default -> json.skip();
            }
        }
    }

    private static Eagerness readEagerness(JsonCursor json, String path) throws IOException {
        String word = json.text(path);
        return switch (word) {
            case "low" -> Eagerness.LOW;
            case "medium", "auto" -> Eagerness.MEDIUM;
            case "high" -> Eagerness.HIGH;
            default -> throw Faults.unsupportedValue(path, word, "low", "medium", "high", "auto");
        };
    }

    private @Nullable TurnDetection laidOver(@Nullable TurnDetection current) {
        TurnDetection base = current == null ? TurnDetection.DEFAULT : current;
        boolean wasSemantic = base.turn().eagerness() != null;
        if (type == null) return wasSemantic ? semantic(base) : server(base);
        return switch (type) {
            case "server_vad" -> server(wasSemantic ? TurnDetection.DEFAULT : base);
            case "semantic_vad" -> semantic(wasSemantic ? base : SEMANTIC);
            // How clients of Azure's preview say null.
            case "none" -> null;
            default -> throw Faults.unsupportedValue(path + ".type", type, "server_vad", "semantic_vad");
        };
    }

    private TurnDetection server(TurnDetection base) {
        TurnSettings turn = base.turn();
        try {
            turn = new TurnSettings(
                    threshold == null ? turn.threshold() : threshold.floatValue(),
                    orElse(prefixPaddingMillis, turn.prefixPaddingMillis()),
                    orElse(silenceDurationMillis, turn.silenceDurationMillis()));
        } catch (IllegalArgumentException e) {
            throw Faults.invalidValue(path, path + "." + e.getMessage());
        }
        return new TurnDetection(
                turn,
                orElse(createResponse, base.createResponse()),
                orElse(interruptResponse, base.interruptResponse()),
                hasIdleTimeout ? idleTimeoutMillis : base.idleTimeoutMillis());
    }

    private TurnDetection semantic(TurnDetection base) {
        return new TurnDetection(
                eagerness == null ? base.turn() : TurnSettings.semantic(eagerness),
                orElse(createResponse, base.createResponse()),
                orElse(interruptResponse, base.interruptResponse()));
    }

    private static int orElse(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }

    private static boolean orElse(@Nullable Boolean value, boolean otherwise) {
        return value == null ? otherwise : value;
    }
}
