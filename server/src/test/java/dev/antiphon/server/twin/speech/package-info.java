/** Rules of the twin's speech. */
@NullMarked
package dev.antiphon.server.twin.speech;

import org.jspecify.annotations.NullMarked;
