package dev.antiphon.bench.suite;

import java.nio.file.Path;

/**
 * One measurement: a contender with so many sessions, in one of the rounds.
 *
 * <p>Threading: immutable.
 *
 * @param round from 1
 */
record Point(Contender contender, int sessions, int round) {
    Path folderIn(Path suite) {
        return suite.resolve(contender.label()).resolve(sessions + "-sessions").resolve("round-" + round);
    }
}
