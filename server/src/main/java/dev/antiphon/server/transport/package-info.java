/**
 * How bytes get to and from sockets: the JDK's selectors, or what of Linux's own ways is there.
 */
@NullMarked
package dev.antiphon.server.transport;

import org.jspecify.annotations.NullMarked;
