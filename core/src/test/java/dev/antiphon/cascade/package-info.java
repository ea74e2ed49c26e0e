@NullMarked
package dev.antiphon.cascade;

import org.jspecify.annotations.NullMarked;
