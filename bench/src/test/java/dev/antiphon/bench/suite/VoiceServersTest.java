package dev.antiphon.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a user would write today does all that the callers rely on, or it would not be measured but its faults. */
@Timeout(300)
class VoiceServersTest {
    @TempDir
    static Path folder;

    private final Children children = Children.stoppedAtExit();
    private final ScriptedModel model;

    VoiceServersTest() throws Exception {
        model = new ScriptedModel();
    }

    @AfterEach
    void stop() {
        children.close();
        model.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"NODE", "OPENAI_JAVA"})
    void aTurnIsAskedAsSoundAndAnsweredPieceByPieceAndAnAnswerThatIsCutIsNotReadOn(Target target) throws Exception {
        int port = start(target);
        try (VoiceCaller caller = new VoiceCaller(port)) {
            caller.holdsATurn(model);
            caller.cutsAnAnswerShort(model);
        }
    }

    private int start(Target target) throws Exception {
        Peers peers = new Peers(folder.resolve("peers"), Path.of("no-such.jar"));
        assumeTrue(peers.prepare(target), () -> peers.whyLeftOut(target));
        assertThat(peers.version(target)).containsPattern("openai(-java)? \\d+\\.\\d+\\.\\d+");

        int port = Loopback.freePort();
        Path scratch = Files.createDirectories(folder.resolve(target.label()));
        Launch launch = peers.launch(Contender.of(target, Jvm.own(), List.of()), port, model.port(), scratch);
        Child server = children.start(target.label(), launch, scratch.resolve("said.log"));
        assertThat(Loopback.answers(port, server, 60_000))
                .as(server.lastWords(9))
                .isTrue();
        return port;
    }
}
