/**
 * Signing in with Microsoft Entra ID instead of a key: {@link dev.antiphon.server.entra.EntraSettings} says as what, read
 * from the environment's usual names; {@link dev.antiphon.server.entra.EntraTokens} fetches the tokens.
 */
@NullMarked
package dev.antiphon.server.entra;

import org.jspecify.annotations.NullMarked;
