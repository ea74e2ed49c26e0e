/** Rules of the twin's wire. */
@NullMarked
package dev.antiphon.server.twin.wire;

import org.jspecify.annotations.NullMarked;
