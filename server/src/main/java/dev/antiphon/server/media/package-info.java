/**
 * Sound as files and forms: uploads read within their limits, any container a browser makes turned into samples, samples
 * into Opus. Everything that costs more than a few microseconds runs on threads of its own.
 */
@NullMarked
package dev.antiphon.server.media;

import org.jspecify.annotations.NullMarked;
