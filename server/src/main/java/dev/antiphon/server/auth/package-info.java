/**
 * Who may connect: client keys and browser origins, and secrets that do not show themselves.
 */
@NullMarked
package dev.antiphon.server.auth;

import org.jspecify.annotations.NullMarked;
