/**
 * Rules of the model's connection.
 */
@NullMarked
package dev.antiphon.server.upstream;

import org.jspecify.annotations.NullMarked;
