/** Rules of the twin's scripts. */
@NullMarked
package dev.antiphon.server.twin.script;

import org.jspecify.annotations.NullMarked;
