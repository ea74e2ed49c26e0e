/**
 * Who has used how much: the ledger of tokens and money, by client key.
 */
@NullMarked
package dev.antiphon.server.usage;

import org.jspecify.annotations.NullMarked;
