@NullMarked
package dev.antiphon.usage;

import org.jspecify.annotations.NullMarked;
