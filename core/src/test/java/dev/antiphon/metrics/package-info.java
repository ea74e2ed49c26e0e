@NullMarked
package dev.antiphon.metrics;

import org.jspecify.annotations.NullMarked;
