@NullMarked
package dev.antiphon.bench.load.stamp;

import org.jspecify.annotations.NullMarked;
