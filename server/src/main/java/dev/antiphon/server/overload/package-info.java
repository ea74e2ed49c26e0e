/**
 * When the gateway has enough: how late each event loop is against a schedule of its own, and the door that new sessions
 * find closed while theirs is too late. Those inside are left alone.
 */
@NullMarked
package dev.antiphon.server.overload;

import org.jspecify.annotations.NullMarked;
