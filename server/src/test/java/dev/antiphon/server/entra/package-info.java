/**
 * Rules of signing in.
 */
@NullMarked
package dev.antiphon.server.entra;

import org.jspecify.annotations.NullMarked;
