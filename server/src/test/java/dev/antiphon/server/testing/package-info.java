/**
 * What the tests of the server, and the benchmarks, share.
 */
@NullMarked
package dev.antiphon.server.testing;

import org.jspecify.annotations.NullMarked;
