/**
 * The command line: serve, demo, ask, twin.
 */
@NullMarked
package dev.antiphon.server.cli;

import org.jspecify.annotations.NullMarked;
