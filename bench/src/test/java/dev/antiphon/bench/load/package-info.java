@NullMarked
package dev.antiphon.bench.load;

import org.jspecify.annotations.NullMarked;
