@NullMarked
package dev.antiphon.container;

import org.jspecify.annotations.NullMarked;
