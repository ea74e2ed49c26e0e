/**
 * The order and the pace of an answer's events, as they were recorded; no socket, no clock, no thread.
 */
@NullMarked
package dev.antiphon.server.twin.script;

import org.jspecify.annotations.NullMarked;
