@NullMarked
package dev.antiphon.pcm;

import org.jspecify.annotations.NullMarked;
