/**
 * Reply audio on its way to the ear: the bounded downlink queue and the ledger of what was generated, sent and heard.
 */
@NullMarked
package dev.antiphon.playout;

import org.jspecify.annotations.NullMarked;
