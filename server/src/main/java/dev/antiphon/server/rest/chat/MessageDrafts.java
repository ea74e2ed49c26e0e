package dev.antiphon.server.rest.chat;

import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.UserPart;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The messages of a request with places for sound that is still being decoded.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class MessageDrafts {
    /** A part of a user's message until its sound is there; never part of a finished one. */
    static final UserPart PLACE = new ChatMessage.TextPart("");

    private final List<Supplier<ChatMessage>> messages = new ArrayList<>();
    private final List<Place> places = new ArrayList<>();

    /**
     * Where a sound belongs.
     *
     * @param number of the sound in the {@link AudioSieve}
     * @param format as the client names it
     * @param param path of the {@code input_audio}
     */
    record Place(List<UserPart> parts, int index, int number, String format, String param) {
        void fill(UserPart part) {
            parts.set(index, part);
        }
    }

    void add(Supplier<ChatMessage> message) {
        messages.add(message);
    }

    void addPlace(Place place) {
        places.add(place);
    }

    int size() {
        return messages.size();
    }

    List<Place> places() {
        return List.copyOf(places);
    }

    List<ChatMessage> finish() {
        return messages.stream().map(Supplier::get).toList();
    }
}
