/**
 * The provider's wire as the twin speaks it: requests read, refusals and answers written as they were recorded.
 */
@NullMarked
package dev.antiphon.server.twin.wire;

import org.jspecify.annotations.NullMarked;
