/** Rules of the twin's brain. */
@NullMarked
package dev.antiphon.server.twin.brain;

import org.jspecify.annotations.NullMarked;
