package dev.antiphon.server.conformance;

import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.realtime.ClientEventReader;
import dev.antiphon.realtime.ClientEvents;
import dev.antiphon.realtime.Dialect;
import dev.antiphon.realtime.ServerEventWriter;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.TranscriptionUsage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The events that the product's own reader and writer know, asked of them. */
final class EventNames {
    private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;
    private static final Pattern QUOTED = Pattern.compile("'([a-z_.]+)'");
    private static final SessionSettings SETTINGS = SessionSettings.defaults("m", "v");
    private static final PartRef PART = new PartRef("resp_1", "item_1", 0, 0);

    /** One event of the server, by the names that the dialects have for it; empty: none. */
    record Named(String ga, String beta) {}

    private EventNames() {}

    /** As the reader names them to a client that sends another one. */
    static List<String> ofClient() {
        ByteBuf unknown = ALLOCATOR.buffer();
        unknown.writeCharSequence("{\"type\":\"?\"}", StandardCharsets.UTF_8);
        try {
            new ClientEventReader(Dialect.GA).read(unknown, SETTINGS, new ClientEvents() {
                @Override
                public void onAudio(ByteBuf audio) {}

                @Override
                public void onCommand(ClientCommand command) {}

                @Override
                public void onDialect(Dialect dialect) {}
            });
        } catch (ClientFault fault) {
            List<String> names = new ArrayList<>();
            Matcher matcher = QUOTED.matcher(fault.sentence());
            while (matcher.find()) names.add(matcher.group(1));
            return names;
        } finally {
            unknown.release();
        }
        throw new AssertionError("the reader accepts an event of type ? (expected: a fault)");
    }

    /** Of every event there is a type for, in the order of those types, and of sound. */
    static List<Named> ofServer() {
        List<Named> names = new ArrayList<>();
        for (Class<?> type : ServerEvent.class.getPermittedSubclasses()) {
            ServerEvent event = sample(type, SETTINGS);
            names.add(new Named(nameOf(event, Dialect.GA), nameOf(event, Dialect.BETA)));
        }
        names.add(new Named(soundOf(Dialect.GA), soundOf(Dialect.BETA)));
        SessionSettings silent = SETTINGS.withOutput(new SessionSettings.Output(
                SessionSettings.Modality.NONE,
                SETTINGS.output().format(),
                SETTINGS.output().voice(),
                1));
        for (Class<?> type : List.of(ServerEvent.SessionCreated.class, ServerEvent.SessionUpdated.class)) {
            ServerEvent event = sample(type, silent);
            names.add(new Named(nameOf(event, Dialect.GA), nameOf(event, Dialect.BETA)));
        }
        return names;
    }

    private static String nameOf(ServerEvent event, Dialect dialect) {
        ServerEventWriter writer = new ServerEventWriter(dialect);
        return writer.hasWordFor(event) ? typeOf(writer.write(event, ALLOCATOR)) : "";
    }

    private static String soundOf(Dialect dialect) {
        ByteBuf sound = ALLOCATOR.buffer().writeShort(0);
        try {
            return typeOf(new ServerEventWriter(dialect).writeAudio(PART, sound, ALLOCATOR));
        } finally {
            sound.release();
        }
    }

    private static String typeOf(ByteBuf frame) {
        try {
            return Frame.parse(frame.toString(StandardCharsets.UTF_8)).type();
        } finally {
            frame.release();
        }
    }

    private static ServerEvent sample(Class<?> type, SessionSettings settings) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values =
                Arrays.stream(types).map(each -> value(each, settings)).toArray();
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return (ServerEvent) constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(type.getName(), e);
        }
    }

    private static Object value(Class<?> type, SessionSettings settings) {
        if (type == String.class) return "x";
        if (type == int.class) return 0;
        if (type == long.class) return 0L;
        if (type == SessionSettings.class) return settings;
        if (type == PartRef.class) return PART;
        if (type == ServerEvent.PartKind.class) return ServerEvent.PartKind.AUDIO;
        if (type == Item.class) return new Item.FunctionCallOutput("item_1", ItemStatus.COMPLETED, "call_1", "");
        if (type == List.class) return List.of(new RateLimit("tokens", 2, 1, 0.5));
        if (type == TranscriptionUsage.class) return new TranscriptionUsage.Duration(1);
        if (type == ResponseSnapshot.Failure.class) return new ResponseSnapshot.Failure("server_error", null, "x");
        if (type == ResponseSnapshot.class) {
            return new ResponseSnapshot(
                    new ResponseSnapshot.Identity("resp_1", "conv_1", Map.of()),
                    ResponseSnapshot.Outcome.IN_PROGRESS,
                    List.of(),
                    settings,
                    null);
        }
        throw new AssertionError("component of type " + type.getName() + " (expected: one that has a sample here)");
    }
}
