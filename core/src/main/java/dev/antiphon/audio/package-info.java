/**
 * Facts of linear and companded speech: formats, conversions, WAV, resampling, loudness. Nothing here knows a protocol.
 */
@NullMarked
package dev.antiphon.audio;

import org.jspecify.annotations.NullMarked;
