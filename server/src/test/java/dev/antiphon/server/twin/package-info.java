/** The embedded model, tested over real sockets and without them. */
@NullMarked
package dev.antiphon.server.twin;

import org.jspecify.annotations.NullMarked;
