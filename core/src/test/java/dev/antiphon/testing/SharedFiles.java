package dev.antiphon.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Recorded exchanges and speech that are not part of the repository: a folder {@code shared} beside it. Tests that need
 * them are skipped with a message where it is absent.
 */
public final class SharedFiles {
    private static final Optional<Path> ROOT = find();

    private SharedFiles() {}

    /** The file or folder at {@code relativePath}; skips the running test when there is none. */
    public static Path require(String relativePath) {
        Path path = ROOT.map(root -> root.resolve(relativePath)).orElse(Path.of("shared", relativePath));
        Assumptions.assumeTrue(
                Files.exists(path),
                () -> "skipped: no recordings beside the repository (../shared/" + relativePath + ")");
        return path;
    }

    /** The files of a folder whose names end in {@code suffix}, sorted; skips the running test when there is no folder. */
    public static List<Path> requireAll(String relativeFolder, String suffix) {
        try (Stream<Path> files = Files.list(require(relativeFolder))) {
            return files.filter(file -> file.getFileName().toString().endsWith(suffix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Path> find() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null) {
            Path candidate = folder.resolveSibling("shared");
            if (Files.isDirectory(candidate.resolve("fixtures"))) return Optional.of(candidate);
            folder = folder.getParent();
        }
        return Optional.empty();
    }
}
