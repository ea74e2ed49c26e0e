/**
 * What sound is wrapped in when it comes as a file: which container it is, and the Opus packets in Ogg and WebM. Bytes in,
 * packets out; nothing here decodes sound.
 */
@NullMarked
package dev.antiphon.container;

import org.jspecify.annotations.NullMarked;
