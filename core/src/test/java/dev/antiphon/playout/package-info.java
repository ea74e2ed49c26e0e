@NullMarked
package dev.antiphon.playout;

import org.jspecify.annotations.NullMarked;
