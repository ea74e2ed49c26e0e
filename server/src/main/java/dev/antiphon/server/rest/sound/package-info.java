/** What a model says, PCM16 at 24 kHz, in the format that the client of a request asked for. */
@NullMarked
package dev.antiphon.server.rest.sound;

import org.jspecify.annotations.NullMarked;
