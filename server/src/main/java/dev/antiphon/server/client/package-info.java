/**
 * The client's side of the process: from an accepted connection to a session, each pipeline whole on one screen.
 */
@NullMarked
package dev.antiphon.server.client;

import org.jspecify.annotations.NullMarked;
