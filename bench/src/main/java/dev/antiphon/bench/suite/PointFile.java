package dev.antiphon.bench.suite;

import dev.antiphon.bench.suite.report.Run;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * What the suite knows of a point and its callers do not: it lies beside what they measured.
 *
 * <p>Threading: confined to its caller.
 */
final class PointFile {
    private final Properties properties = new Properties();

    PointFile(Point point, String version) {
        Contender contender = point.contender();
        properties.setProperty(Run.LABEL, contender.label());
        properties.setProperty(Run.SESSIONS, String.valueOf(point.sessions()));
        properties.setProperty(Run.ROUND, String.valueOf(point.round()));
        properties.setProperty(Run.VERSION, version);
        properties.setProperty(Run.PROTOCOL, contender.protocol());
    }

    void command(Launch launch) {
        properties.setProperty(Run.COMMAND, String.join(" ", launch.command()));
    }

    void failed(String why) {
        properties.setProperty(Run.FAILURE, why);
    }

    void writeTo(Path folder) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(folder.resolve(Run.POINT_FILE))) {
            properties.store(writer, null);
        }
    }
}
