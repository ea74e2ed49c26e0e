package dev.antiphon.realtime;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.session.ClientCommand;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a reader handed on: {@link AudioClip}s, {@link ClientCommand}s and {@link Dialect}s. */
final class RecordingClientEvents implements ClientEvents {
    private final List<Object> events = new ArrayList<>();

    @Override
    public void onAudio(ByteBuf pcm) {
        events.add(AudioClip.copyOf(24_000, pcm));
    }

    @Override
    public void onCommand(ClientCommand command) {
        events.add(command);
    }

    @Override
    public void onDialect(Dialect dialect) {
        events.add(dialect);
    }

    List<Object> take() {
        List<Object> taken = List.copyOf(events);
        events.clear();
        return taken;
    }
}
