/**
 * What a connection costs before the first sound: cold, warmed, and shared by HTTP/2, over a network with a delay.
 */
@NullMarked
package dev.antiphon.bench.connect;

import org.jspecify.annotations.NullMarked;
