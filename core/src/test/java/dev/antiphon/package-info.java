@NullMarked
package dev.antiphon;

import org.jspecify.annotations.NullMarked;
