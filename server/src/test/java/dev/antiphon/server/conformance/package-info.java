/**
 * Rules that hold from one end to the other: clients as they are installed, the gateway, and the embedded model.
 */
@NullMarked
package dev.antiphon.server.conformance;

import org.jspecify.annotations.NullMarked;
