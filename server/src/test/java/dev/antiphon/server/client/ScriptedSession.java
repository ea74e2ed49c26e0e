package dev.antiphon.server.client;

import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.ClientInlet;
import dev.antiphon.session.ClientOutlet;
import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.Timers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A session that writes down what it is told, answers every fault with an error event, and else does as a test says. */
final class ScriptedSession implements ClientInlet, SessionFactory {
    final List<String> calls = new ArrayList<>();
    final List<ClientCommand> commands = new ArrayList<>();
    Runnable onOpen = () -> {};
    Runnable onCommand = () -> {};
    Runnable onWritable = () -> {};
    Runnable onTimer = () -> {};
    Runnable onClose = () -> {};

    private @Nullable Opening opening;
    private @Nullable ClientOutlet outlet;
    private @Nullable Timers timers;

    Opening opening() {
        if (opening == null) throw new IllegalStateException("no session was made");
        return opening;
    }

    ClientOutlet outlet() {
        if (outlet == null) throw new IllegalStateException("no session was made");
        return outlet;
    }

    Timers timers() {
        if (timers == null) throw new IllegalStateException("no session was made");
        return timers;
    }

    List<String> takeCalls() {
        List<String> taken = List.copyOf(calls);
        calls.clear();
        return taken;
    }

    @Override
    public ClientInlet newSession(Opening newOpening, ClientOutlet newOutlet, Timers newTimers, EventLoop loop) {
        calls.add("new " + newOpening.model() + (newOpening.isTranscription() ? " to transcribe" : ""));
        opening = newOpening;
        outlet = newOutlet;
        timers = newTimers;
        return this;
    }

    @Override
    public SessionSettings settings() {
        return SessionSettings.defaults("gpt-realtime", "alloy");
    }

    @Override
    public void open(long nowNanos) {
        calls.add("open");
        onOpen.run();
    }

    @Override
    public void onAudio(ByteBuf pcm, long nowNanos) {
        calls.add("audio " + pcm.readableBytes());
    }

    @Override
    public void onCommand(ClientCommand command, long nowNanos) {
        calls.add(command.getClass().getSimpleName());
        commands.add(command);
        onCommand.run();
    }

    @Override
    public void onClientFault(ClientFault fault) {
        calls.add("fault " + fault.code());
        outlet().send(ServerEvent.ErrorEvent.of(fault));
    }

    @Override
    public void onFirstAudioWritten(String responseId, long nowNanos) {
        calls.add("first audio written of " + responseId);
    }

    @Override
    public void onClientWritable(long nowNanos) {
        calls.add("writable");
        onWritable.run();
    }

    @Override
    public void onTimer(Timers.Deadline deadline, long nowNanos) {
        calls.add("timer " + deadline);
        onTimer.run();
    }

    @Override
    public void close(CloseReason reason, long nowNanos) {
        calls.add("close " + reason);
        onClose.run();
        outlet().close(reason);
    }
}
