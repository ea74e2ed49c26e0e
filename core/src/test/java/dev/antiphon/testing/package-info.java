/**
 * What the tests of all modules share.
 */
@NullMarked
package dev.antiphon.testing;

import org.jspecify.annotations.NullMarked;
