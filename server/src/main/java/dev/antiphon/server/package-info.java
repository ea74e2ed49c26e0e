/**
 * The gateway as a process and as a library: start, drain, close.
 */
@NullMarked
package dev.antiphon.server;

import org.jspecify.annotations.NullMarked;
